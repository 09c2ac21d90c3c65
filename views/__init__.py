"""Views of datasets whose detections form trees, made of FiftyOne view stages that MongoDB runs.

They work on every dataset with ``TemporalDetections`` that have ``node_id``, ``parent_id`` and
``level``, whatever the fields' names and whatever tool made it.
"""
