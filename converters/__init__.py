"""Converts records and videos to clips and a dataset.

``reading`` reads records, ``clips`` makes clips, ``storing`` stores samples, and ``pipeline``
combines them, video by video. ``convert`` runs a whole conversion, ``shards`` a distributed one.
"""
