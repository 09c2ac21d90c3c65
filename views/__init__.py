"""Views of data sets whose detections form a tree: FiftyOne view stages that run in MongoDB.

Works on every data set whose ``TemporalDetections`` carry ``node_id``, ``parent_id`` and ``level``,
whatever the fields are called and whoever made it.
"""
