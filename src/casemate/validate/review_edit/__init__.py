"""Writing one answer into a system file as people write it: comments, order and formatting of the rest are kept."""
