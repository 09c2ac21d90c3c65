"""The same conversion in shards, on many processes or machines.

``plan`` divides a source once, ``folder`` is what all machines see of it, ``engines`` are where
shards are worked on, ``work`` makes the clips of one, and ``ingest`` adds a finished one, if
``claims`` says that it is its turn; ``coordinator`` gives them out and takes them in, and ``run``
does it all. What becomes of one video is said outside, in ``steps``. Workers import no FiftyOne.
"""
