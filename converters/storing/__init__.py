"""Stores samples: declares a dataset, arranges it for the App, and adds samples in bulk.

``dataset`` opens it, ``schema`` declares its fields and how the App shows them, ``provenance`` says
where its content comes from; ``documents`` writes samples as BSON, out of ``bson_columns``, and
``ingest`` puts them in. FiftyOne's schema and database
are known here; where a record was read and how a clip was made are not.
"""
