"""What other tools found, read from their results. `readers/` is a shelf: the results of one tool are one file."""
