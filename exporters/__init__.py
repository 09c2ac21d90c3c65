"""Takes data out of a data set, into formats that others read.

``video`` is one video as plain values; a module for each format writes such videos and imports no
FiftyOne; ``read`` streams them out of a data set or view; ``export`` runs it all.
"""
