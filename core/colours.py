"""The colours of levels and verbs, in labels, panels and pictures."""

from __future__ import annotations

#: One colour per level, from blue (coarse) over green and red to purple (fine), repeated past 20
#: levels. White text has a contrast of at least 4.6 on each. Neighbours differ by at least 14
#: (CIEDE2000), and by 10 and 7 in the shades of the Tree of Captions in the dark and the light
#: theme, also for people with colour blindness; tests/js/levels.test.js measures it.
LEVEL_COLOURS = (
    "#505ce2", "#796b90", "#213d7e", "#0679c2", "#205572", "#00855a", "#004938", "#487e1c",
    "#3c4910", "#617b4a", "#1b4b2d", "#b75604", "#742b04", "#8d5958", "#cc4815", "#860044",
    "#bf001e", "#62139b", "#8152cd", "#c50773",
)  # fmt: skip

#: The same colours, ordered so that each differs as much as possible from those before it.
DISTINCT_COLOURS = tuple(
    LEVEL_COLOURS[k] for k in (0, 11, 6, 5, 1, 17, 12, 4, 7, 8, 3, 2, 9, 15, 16, 13, 19, 18, 14, 10)
)
