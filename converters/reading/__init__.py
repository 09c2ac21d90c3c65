"""Records in: from files on disk or on the Hub to checked records, and what gave none.

``sources`` finds the files and reads them, a Parquet file through ``parquet``: ``row_groups``
fetches its pieces, ``batches`` checks them as columns. ``remote`` is the Hub, read by ranges,
``select`` says which records are wanted, ``draw`` draws some at random, ``found`` is what comes
out, and ``inspect`` describes a source. Nothing in here knows FiftyOne, ffmpeg or a video file.
"""
