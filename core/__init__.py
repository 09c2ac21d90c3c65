"""Pure logic: field names, frames, records, the tree, the mapping to labels.

Nothing in here imports FiftyOne, so all of it is tested without a database.
"""
