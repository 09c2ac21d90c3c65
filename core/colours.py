"""The colours that stand for levels, in labels, panels and pictures."""

from __future__ import annotations

#: One colour per level, from blue (coarse) to purple (fine), repeated past 20 levels. White text
#: has a contrast of at least 4.6 on each.
LEVEL_COLOURS = (
    "#505ce2", "#3370de", "#1d7bb2", "#16808a", "#15846f", "#168652", "#168634", "#178616",
    "#368616", "#528115", "#6a7b14", "#817615", "#9c6a19", "#bf561f", "#dc3226", "#dd2c51",
    "#db247c", "#d322a8", "#c621cc", "#ae3ee0",
)  # fmt: skip
