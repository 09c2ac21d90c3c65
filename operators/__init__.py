"""The App operators."""
