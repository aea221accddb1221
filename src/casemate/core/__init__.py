"""Words that every room uses: errors with positions, three-valued logic, trust, money, digests, YAML, shelves."""
