"""A substitute for Action100M: records of its shape, and videos that show their annotation."""
