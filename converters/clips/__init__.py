"""From a source video to its clip: found, probed, planned, cut, checked.

``videos`` finds the video of an id, ``probe`` reads its header, ``plan`` says what its clip is to
be, ``commands`` spells it for ``ffmpeg``, ``verify`` reads the clip back, and ``make`` does it all.
What they speak of is in ``media``. Nothing in here knows FiftyOne, a record, or the web: a video is
a file, or an address that somebody else answers at.
"""
