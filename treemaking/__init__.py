"""Builds trees for one's own videos: frames become features, features a tree, a tree a record."""
