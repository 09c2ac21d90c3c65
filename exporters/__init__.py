"""Exports a dataset, a view or selected samples to formats that other tools read.

``read`` streams documents from MongoDB, ``video`` turns each into a :class:`~.video.Video`, and one
module per format writes it. ``export`` runs an export; ``place``, ``journal`` and ``inventory``
make it safe to interrupt and to repeat. Only ``read`` and ``export`` import FiftyOne.
"""
