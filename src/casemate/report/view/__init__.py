"""What a report says, worked out once, so that text, tables and charts cannot differ."""
