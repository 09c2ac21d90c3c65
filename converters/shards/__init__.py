"""The same conversion in shards, on many processes or machines.

``plan`` divides a source into shards once, and ``folder`` keeps what all machines share.
``engines`` provides executors, ``worker`` works on one shard, ``work`` makes its clips, and
``ingest`` adds a complete shard to the dataset while it holds the shard's lease (``leases``).
``coordinator`` hands out shards and collects the results, and ``run`` is the whole conversion.
``..pipeline`` decides about each video, as without shards. Workers do not import FiftyOne.
``engines``, ``coordinator``, ``worker`` and ``folder`` are independent of what is made of a shard:
``...treemaking.shards`` builds trees with them.
"""
