"""The passport's side of an assessment: what it may be issued for, how long it holds, and whether one still does."""
