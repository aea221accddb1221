"""Evidence: what was measured, on which bytes, when, by what. Statements, their store, and what they still bind to."""
