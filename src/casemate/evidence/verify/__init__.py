"""`measure: - verify: scorer`: checks the signature that a component's file must carry. The checking is in `sign`."""
