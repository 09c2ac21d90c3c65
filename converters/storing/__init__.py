"""Stores samples: declares a dataset, arranges it for the App, and adds samples in bulk.

``dataset`` opens it, ``schema`` declares its fields and App settings, ``provenance`` describes its
origin; ``documents`` writes samples as BSON with ``bson_columns``, and ``ingest`` inserts them.
This package knows FiftyOne's schema and database, but not the origin of records and clips.
"""
