"""What can be given out: one format is one file with `write(given, losses) -> str`. Same system, same bytes."""
