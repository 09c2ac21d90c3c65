"""Records in: from files on disk or on the Hub to checked records, and what gave none.

``sources`` finds the files, with ``globs``, and reads them. A Parquet file is read through
``parquet``: ``row_groups`` fetches its pieces, ``batches`` checks them as columns; JSON is read
through ``json_files``. ``remote`` is the Hub, read by ranges, ``select`` says which records are
wanted, ``draw`` draws some at random, ``found`` is what comes out, and ``inspect`` describes a
source. Nothing in here knows FiftyOne, ffmpeg or a video file.
"""
