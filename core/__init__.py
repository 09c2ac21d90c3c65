"""The logic that needs no FiftyOne: records, the tree, frames, labels, search, names.

Nothing here imports FiftyOne, so all of it is tested without a database.
"""
