"""The same conversion in shards, on many processes or machines.

``plan`` divides a source into shards once, and ``folder`` keeps what all machines share.
``engines`` provides executors, ``work`` makes the clips of one shard, and ``ingest`` adds a
complete shard to the dataset while it holds the shard's lease (``leases``). ``coordinator`` hands
shards out and collects the results, and ``run`` is the whole conversion. ``..pipeline`` decides
about each video, as without shards. Workers import no FiftyOne.
"""
