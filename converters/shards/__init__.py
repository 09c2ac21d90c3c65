"""The same conversion in shards, on many processes or machines.

``plan`` divides a source into shards once, and ``folder`` keeps what all machines share.
``engines`` provides executors, ``worker`` works on one shard, ``work`` makes its clips, and
``ingest`` adds a complete shard to the dataset while it holds the shard's lease (``leases``).
``coordinator`` hands shards out and collects the results, and ``run`` is the whole conversion.
``..pipeline`` decides about each video, as without shards. Workers import no FiftyOne.
``engines``, ``coordinator``, ``worker`` and ``folder`` do not know what is made of a shard:
``...treemaking.shards`` makes trees with them.
"""
