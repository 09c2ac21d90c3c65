"""Fetches videos from the web, at a polite pace, and only the bytes that a clip needs."""
