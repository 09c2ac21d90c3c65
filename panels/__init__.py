"""The App panels."""
