"""Trees for one's own videos: frames become features, features become a tree, a tree a record."""
