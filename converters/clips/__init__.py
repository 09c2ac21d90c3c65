"""Makes clips of source videos.

``videos`` finds the video of an id, ``probe`` reads its header, ``plan`` plans its clip,
``commands`` builds the ``ffmpeg`` command with ``filters``, ``verify`` checks the clip, and
``make`` runs them all.
``media`` has the types that they share. Nothing here knows FiftyOne, records or the web: a source
is a file, or an address on the loopback.
"""
