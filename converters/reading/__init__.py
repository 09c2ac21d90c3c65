"""Reads records from files on disk or on the Hub, and checks them.

``sources`` finds the files, with ``globs``, and reads them. ``parquet`` reads Parquet:
``row_groups`` fetches its pieces, ``batches`` and ``arrow_values`` check them as columns.
``json_files`` reads JSON, ``remote`` the Hub by ranges. ``select`` selects records, ``draw`` draws
some at random, ``items`` defines what is yielded. Nothing here knows FiftyOne, ffmpeg or videos.
"""
