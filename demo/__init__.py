"""A stand-in for Action100M: records of its shape, and videos that show them."""
