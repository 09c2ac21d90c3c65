"""From records and videos to clips and a data set.

Records come in through ``reading``, clips through ``clips``, samples go out through ``storing``;
``steps`` brings them together, video by video. ``convert`` is a run of it all, ``shards`` the same
in many places.
"""
