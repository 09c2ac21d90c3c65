"""The overview's plots, as plain Plotly dictionaries: traces of values, and fixed layouts.

Every clickable mark has an id, see :func:`mark`. Colours are readable on FiftyOne's light and dark
backgrounds; the full release is hatched as well as grey. Captions are untrusted, and Plotly renders
some HTML in any text, so text from the data goes through :func:`escaped`.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.wording import count, percent, shorten
from ..meaning.resample import Balance
from ..views import release
from ..views.statistics import Actions, Bin, Level

OURS, RELEASE = "#3f7fd0", "#8a8a8a"
_AFTER = "#c9742b"
#: The kind of a mark for values that are not listed. Plotly draws one mark per id.
REST = "rest"
#: Slices of verbs, which differ by place and text too.
_SLICES = ("#3f7fd0", "#5f6fd0", "#8361c4", "#a557a8", "#b8527f", "#b95a52", "#a86a2c", "#85781f",
           "#5c8230", "#3a8653", "#2b8377", "#35809c")  # fmt: skip
_LONGEST = 40
#: Objects below this fraction of the icicle's height, about that of a line, share a slice.
_THINNEST = 36

_HATCH = {"color": RELEASE, "pattern": {"shape": "/", "size": 5, "solidity": 0.4}}
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
_MARGIN = {"l": 8, "r": 12, "t": 8, "b": 8}

#: Ticks of seconds on a log axis: Plotly's own say 5 below 1 for 0.5, and 2 above 10 for 20.
_SECONDS = {"tickmode": "array", "tickvals": [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000]}

#: Ticks of shares: Plotly's own percentages have no space before the sign.
_SHARES = {
    "tickmode": "array", "tickvals": [k / 5 for k in range(6)],
    "ticktext": [percent(k / 5) for k in range(6)],
}  # fmt: skip

#: The same on a log axis; Plotly's own are 10μ and the like.
_RARE = {
    "tickmode": "array", "tickvals": [10.0**-k for k in range(9)],
    "ticktext": [percent(10.0**-k, max(k - 2, 0)) for k in range(9)],
}  # fmt: skip

Trace = dict[str, Any]

#: By figure, what the App merges into its own layout.
LAYOUTS: Mapping[str, dict[str, Any]] = {
    "levels": {"xaxis": {"title": {"text": "level (0 is the whole video)"}, "dtick": 2}},
    "level_durations": {
        "xaxis": {"title": {"text": "level"}, "dtick": 2},
        "yaxis": {"type": "log", "title": {"text": "seconds"}, **_SECONDS},
    },
    "durations": {
        "xaxis": {"type": "log", "title": {"text": "seconds, log scale"}, **_SECONDS},
        "bargap": 0.02,
    },
    "shares": {
        "showlegend": True, "legend": _LEGEND, "barmode": "group",
        "yaxis": _SHARES, "xaxis": {"type": "category", "tickfont": {"size": 12}},
    },
    "words": {
        "showlegend": True, "legend": _LEGEND, "barmode": "group",
        "yaxis": {"autorange": "reversed", "type": "category"},
        "xaxis": {"title": {"text": "words"}},
    },
    "depths": {"xaxis": {"title": {"text": "deepest level"}, "dtick": 1}},
    "years": {"xaxis": {"dtick": 1, "tickformat": "d"}},
    "actions": {
        "yaxis": {"autorange": "reversed", "type": "category"}, "xaxis": {"nticks": 4},
    },
    "curve": {
        "xaxis": {"type": "log", "title": {"text": "rank, log scale"}, "dtick": 1},
        "yaxis": {"type": "log", "title": {"text": "occurrences"}, "dtick": 1},
    },
    "balance": {
        "showlegend": True, "legend": _LEGEND,
        "xaxis": {"type": "log", "title": {"text": "rank, log scale"}, "dtick": 1},
        "yaxis": {"type": "log", **_RARE},
    },
    "clusters": {
        "yaxis": {"autorange": "reversed", "type": "category"},
        "xaxis": {"title": {"text": "segments"}, "nticks": 4},
    },
    "verbs": {
        "barmode": "overlay", "bargap": 0,
        "xaxis": {"visible": False, "range": [0, 2], "fixedrange": True},
        "yaxis": {"visible": False, "autorange": "reversed"},
        "uniformtext": {"mode": "hide", "minsize": 10},
    },
}  # fmt: skip

#: The config of every plot: no toolbar over the bars, and a mouse wheel that scrolls the panel.
CONFIG = {"displayModeBar": False, "scrollZoom": False, "responsive": True}


def layout(name: str) -> dict[str, Any]:
    """Returns a figure's layout."""
    shared = {"margin": _MARGIN, "hovermode": "closest", "dragmode": False}
    return {**shared, **LAYOUTS[name]}


def mark(kind: str, *values: str | float) -> str:
    """Returns the id of a clickable mark, such as ``["level", 3]``."""
    return json.dumps([kind, *values], ensure_ascii=False)


def escaped(text: str, longest: int = _LONGEST) -> str:
    """Returns a text that Plotly shows as it is: shortened, on one line, without HTML.

    Example::

        >>> escaped("<b>knead</b> & fold")
        '&lt;b&gt;knead&lt;/b&gt; &amp; fold'
    """
    return html.escape(shorten(text, longest), quote=False)


def levels(found: Sequence[Level]) -> list[Trace]:
    """Bars: nodes by level."""
    return [
        _bar(
            "nodes", [v.level for v in found], [v.nodes for v in found],
            [mark("level", v.level) for v in found],
            [f"level {v.level}: {count(v.nodes, 'node')}" for v in found],
        )
    ]  # fmt: skip


def level_durations(found: Sequence[Level]) -> list[Trace]:
    """Dots with whiskers: the median and the quartiles of durations by level."""
    known = [(v, v.quartiles) for v in found if v.quartiles]
    return [
        {
            "type": "scatter", "mode": "markers", "name": "median",
            "x": [v.level for v, _ in known],
            "y": [max(q[1], 0.1) for _, q in known],
            "error_y": {
                "type": "data", "symmetric": False, "color": OURS, "thickness": 1.5,
                "array": [q[2] - q[1] for _, q in known],
                "arrayminus": [min(q[1] - q[0], max(q[1], 0.1) - 0.1) for _, q in known],
            },
            "marker": {"color": OURS, "size": 9},
            "ids": [mark("level", v.level) for v, _ in known],
            "hoverinfo": "text",
            "hovertext": [
                f"level {v.level}: median {q[1]:g} s, middle half {q[0]:g} to {q[2]:g} s"
                for v, q in known
            ],
        }
    ]  # fmt: skip


def durations(found: Sequence[Bin]) -> list[Trace]:
    """Bars on a log axis: nodes by duration."""
    # A log axis has neither 0 nor infinity: the outer bins are drawn one step wide.
    ends = [(max(b.low, b.high / 1.5 if b.low == 0 else b.low), b) for b in found]
    spans = [(low, b.high if b.high != float("inf") else low * 1.5, b) for low, b in ends]
    trace = _bar(
        "nodes", [(low + high) / 2 for low, high, _ in spans], [b.nodes for b in found],
        [_duration_mark(b) for b in found], [f"{b.name}: {count(b.nodes, 'node')}" for b in found],
    )  # fmt: skip
    return [{**trace, "width": [high - low for low, high, _ in spans]}]


def shares(found: Sequence[Bin], every: bool = True) -> list[Trace]:
    """Pairs of bars: shares of the nodes by duration, here and in the full release.

    Args:
        found: the nodes by duration
        every: whether these are all nodes, as in the release; otherwise they are shown alone
    """
    total = sum(b.nodes for b in found) or 1
    names = [b.name for b in found]
    marks = [_duration_mark(b) for b in found]
    here = [b.nodes / total for b in found]
    full = list(release.DURATION_SHARES)
    own = _bar(
        "this view" if every else "this view, nodes with a caption",
        names,
        here,
        marks,
        [f"{n}: {percent(s, 1)}" for n, s in zip(names, here, strict=True)],
    )
    if not every:
        return [own]
    return [
        own,
        {**_bar("full release", names, full, marks,
                [f"{n}: {percent(s, 1)} in the full release"
                 for n, s in zip(names, full, strict=True)]),
         "marker": _HATCH},
    ]  # fmt: skip


def words(found: Mapping[str, float]) -> list[Trace]:
    """Pairs of bars: words per caption by field, here and in the full release."""
    names = list(found)
    labels = [escaped(name) for name in names]
    marks = [mark("field", name) for name in names]
    texts = [f"{label}: {found[n]:.1f} words" for label, n in zip(labels, names, strict=True)]
    paper = [release.WORDS.get(name) for name in names]
    full = [
        f"{label}: {n} words in the full release" for label, n in zip(labels, paper, strict=True)
    ]
    return [
        _bar("this view", list(found.values()), labels, marks, texts, flat=True),
        {**_bar("full release", paper, labels, marks, full, flat=True), "marker": _HATCH},
    ]


def depths(found: Mapping[int, int]) -> list[Trace]:
    """Bars: videos by the depth of their tree."""
    return [_videos("depth", "depth", found)]


def years(found: Mapping[int, int]) -> list[Trace]:
    """Bars: videos by year of upload."""
    return [_videos("year", "uploaded in", found)]


def actions(found: Actions) -> list[Trace]:
    """Bars: the most frequent actions."""
    top = found.top(15)
    return [
        _bar(
            "actions", [n for _, n in top], _categories([text for text, _ in top]),
            [mark("action", text) for text, _ in top],
            [f"{escaped(text)}: {n:,}" for text, n in top], flat=True,
        )
    ]  # fmt: skip


def curve(found: Actions) -> list[Trace]:
    """Points: occurrences of actions by rank, on logarithmic axes."""
    return [
        {
            "type": "scatter", "mode": "lines+markers", "name": "actions",
            "x": [rank for rank, _, _ in found.curve],
            "y": [n for _, _, n in found.curve],
            "ids": [mark("action", text) for _, text, _ in found.curve],
            "line": {"color": OURS}, "marker": {"color": OURS, "size": 7},
            "hoverinfo": "text",
            "hovertext": [
                f"rank {rank:,}: {escaped(text)}, {n:,}" for rank, text, n in found.curve
            ],
        }
    ]  # fmt: skip


def balance(before: Balance, after: Balance) -> list[Trace]:
    """Two curves: shares of captions by rank, before and after a resampling, on log axes."""
    return [
        {
            "type": "scatter", "mode": "lines", "name": name,
            "x": [rank for rank, _ in found.curve],
            "y": [n / found.segments for _, n in found.curve],
            "ids": [mark(REST, name, rank) for rank, _ in found.curve],
            "line": {"color": colour, "width": 2.5, "dash": dash},
            "hoverinfo": "text",
            "hovertext": [
                f"{name}: {n:,} of {count(found.segments, 'segment')} have the caption of rank "
                f"{rank:,}"
                for rank, n in found.curve
            ],
        }
        for name, found, colour, dash in (
            ("before", before, OURS, "solid"),
            ("after", after, _AFTER, "dash"),
        )
    ]  # fmt: skip


def clusters(field: str, largest: Sequence[tuple[int, str, int]]) -> list[Trace]:
    """Bars: the largest clusters of a resampling.

    Args:
        field: the field of the segments
        largest: of each, the number, the caption nearest to its centroid, and its segments
    """
    return [
        _bar(
            "clusters", [n for _, _, n in largest], _categories([name for _, name, _ in largest]),
            [mark("cluster", field, cluster) for cluster, _, _ in largest],
            [
                f"cluster {cluster}, near “{escaped(name)}”: {count(n, 'segment')}"
                for cluster, name, n in largest
            ],
            flat=True,
        )
    ]  # fmt: skip


def verbs(found: Actions) -> list[Trace]:
    """An icicle: verbs on the left, as high as they are frequent, and their objects on the right.

    It is made of bars, because the App reports no clicks on Plotly's own sunburst and icicle.
    """
    slices: list[tuple[int, int, int, str, str, str]] = []
    base = 0
    # Slices too thin for a name would only be stripes.
    least = sum(verb.count for verb in found.verbs) / _THINNEST
    for k, verb in enumerate(found.verbs):
        colour = _SLICES[k % len(_SLICES)]
        slices.append((0, base, verb.count, verb.verb, mark("verb", verb.verb), colour))
        start = base
        rest = verb.count
        for thing, n in verb.objects:
            if n < least:
                continue
            slices.append((1, start, n, thing or "–", mark("pair", verb.verb, thing), colour))
            start += n
            rest -= n
        if rest:
            slices.append((1, start, rest, "other objects", mark(REST, k), colour))
        base += verb.count
    total = found.total or 1
    return [
        {
            "type": "bar", "name": "verbs and objects",
            "x": [0.5 + column for column, *_ in slices],
            "base": [s[1] for s in slices],
            "y": [s[2] for s in slices],
            "width": 0.99,
            "text": [escaped(s[3], 24) for s in slices],
            "textposition": "inside", "insidetextanchor": "middle", "textangle": 0,
            "constraintext": "inside",
            "insidetextfont": {"color": "#ffffff", "size": 12},
            "marker": {
                "color": [s[5] for s in slices],
                "opacity": [1.0 if s[0] == 0 else 0.85 for s in slices],
                "line": {"width": 1, "color": "rgba(255,255,255,0.7)"},
            },
            "ids": [s[4] for s in slices],
            "hoverinfo": "text",
            "hovertext": [
                f"{escaped(s[3])}: {s[2]:,} ({percent(s[2] / total, 1)})" for s in slices
            ],
        }
    ]  # fmt: skip


def _duration_mark(found: Bin) -> str:
    return mark("duration", found.low, found.high if found.high != float("inf") else -1)


def _categories(texts: Sequence[str]) -> list[str]:
    """Returns texts as categories: two that are shortened to the same text stay two."""
    labels = [escaped(text, 28) for text in texts]
    for place, label in enumerate(labels):
        if label in labels[:place]:
            labels[place] = f"{label} ({place + 1})"
    return labels


def _videos(kind: str, before: str, found: Mapping[int, int]) -> Trace:
    keys = sorted(found)
    return _bar(
        "videos", keys, [found[k] for k in keys], [mark(kind, k) for k in keys],
        [f"{before} {k}: {count(found[k], 'video')}" for k in keys],
    )  # fmt: skip


def _bar(
    name: str,
    x: Sequence[str | float | None],
    y: Sequence[str | float | None],
    ids: Sequence[str],
    texts: Sequence[str],
    flat: bool = False,
) -> Trace:
    return {
        "type": "bar", "name": name, "x": list(x), "y": list(y), "ids": list(ids),
        "hoverinfo": "text", "hovertext": list(texts), "textposition": "none",
        "marker": {"color": OURS}, "orientation": "h" if flat else "v",
    }  # fmt: skip
