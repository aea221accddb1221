"""Many systems on one page: what each assessment comes down to, how it came there, and what is due."""
