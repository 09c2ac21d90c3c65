"""A substitute for Action100M: records with its schema, and videos that show their annotation."""
