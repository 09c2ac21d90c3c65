"""The overview's figures as plain dictionaries, which ``js/overview_figures.js`` draws.

A figure is of one of three kinds. A *plot* has an axis with ticks on each side, and marks: columns
of equal width, or points on lines; *bars* are rows with a label, a bar and a number; *slices* are
divided bars. All positions and lengths are fractions of the plot's width or height, and all numbers
are formatted. Clickable marks have an id, see :func:`mark`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.colours import LEVEL_COLOURS
from ..core.reviews import OPEN
from ..core.wording import count, percent, shorten
from ..meaning.resample import Balance
from ..views import release
from ..views.statistics import Actions, Bin, Level, Verb
from .axes import CLOCK, Tick, log_axis, powers, share_ticks, whole_ticks

Figure = dict[str, Any]

VIEW, RELEASE = "this view", "full release"
_LONGEST = 60
#: The number of objects that are always named, and the least share of a verb for further ones.
_NAMED, _THINNEST = 3, 0.08
#: The most labels below columns.
_LABELS = 10


def mark(kind: str, *values: str | float) -> str:
    """Returns the id of a clickable mark, such as ``["level", 3]``."""
    return json.dumps([kind, *values], ensure_ascii=False)


def short(text: str) -> str:
    """Returns a text as a label: on one line, and shortened."""
    return shorten(text, _LONGEST)


def levels(found: Sequence[Level]) -> Figure:
    """Columns: nodes by level."""
    end, ticks = whole_ticks(max(v.nodes for v in found))
    marks = [
        {
            "id": mark("level", v.level), "low": 0, "high": v.nodes / end,
            "text": f"level {v.level}: {count(v.nodes, 'node')}", "colour": _level_colour(v),
        }
        for v in found
    ]  # fmt: skip
    return _columns(marks, [v.level for v in found], ticks, "level (0 is the whole video)")


def level_durations(found: Sequence[Level]) -> Figure:
    """Columns from the first to the third quartile of durations by level, and the median."""
    known = [(v, [max(q, 0.1) for q in v.quartiles]) for v in found if v.quartiles]
    low = min((q[0] for _, q in known), default=1)
    high = max((q[2] for _, q in known), default=1)
    place, ticks = log_axis(low, high, CLOCK)
    marks = [
        {
            "id": mark("level", v.level), "colour": _level_colour(v),
            "low": place(first), "mid": place(median), "high": place(third),
            "text": f"level {v.level}: median {median:g} s, middle half {first:g} to {third:g} s",
        }
        for v, (first, median, third) in known
    ]  # fmt: skip
    return _columns(marks, [v.level for v, _ in known], ticks, "level")


def durations(found: Sequence[Bin]) -> Figure:
    """Columns: nodes by duration."""
    end, ticks = whole_ticks(max(b.nodes for b in found))
    marks = [
        {
            **_duration_mark(b), "low": 0, "high": b.nodes / end,
            "text": f"{b.name}: {count(b.nodes, 'node')}",
        }
        for b in found
    ]  # fmt: skip
    edges = [(k / len(found), CLOCK[b.low]) for k, b in enumerate(found) if b.low in CLOCK]
    return _plot(marks, edges, ticks, "duration, log scale")


def shares(found: Sequence[Bin], comparable: bool = True) -> Figure:
    """Columns: shares of the nodes by duration, here and in the full release.

    Args:
        found: the nodes by duration
        comparable: whether these nodes are comparable with the release's; else only they are shown
    """
    total = sum(b.nodes for b in found) or 1
    full = release.DURATION_SHARES if comparable else (None,) * len(found)
    end, ticks = share_ticks(max([b.nodes / total for b in found] + [n or 0 for n in full]))
    marks = []
    for b, theirs in zip(found, full, strict=True):
        text = f"{b.name}: {percent(b.nodes / total, 1)}"
        if theirs is not None:
            text += f", {percent(theirs, 1)} in the full release"
        column = {**_duration_mark(b), "low": 0, "high": b.nodes / total / end, "text": text}
        marks.append(column | ({} if theirs is None else {"full": theirs / end}))
    plot = _columns(marks, [_brief(b) for b in found], ticks, "seconds")
    return plot | ({"keys": [VIEW, RELEASE]} if comparable else {})


def words(found: Mapping[str, float]) -> Figure:
    """Bars: words per caption by field, here and in the full release."""
    full = {name: release.WORDS.get(name) for name in found}
    longest = max([*found.values(), *(n or 0 for n in full.values())], default=1)
    rows = []
    for name, n in found.items():
        row = {"id": mark("field", name), "label": short(name), "share": n / longest}
        theirs = full[name]
        text = f"{short(name)}: {n:.1f} words"
        if theirs is None:
            rows.append({**row, "shown": f"{n:.1f}", "text": text})
            continue
        text += f", {theirs:.1f} in the full release"
        both = {"full": theirs / longest, "fullShown": f"{theirs:.1f}"}
        rows.append({**row, **both, "shown": f"{n:.1f}", "text": text})
    compared = any(n is not None for n in full.values())
    return {"kind": "bars", "rows": rows} | ({"keys": [VIEW, RELEASE]} if compared else {})


def depths(found: Mapping[int, int]) -> Figure:
    """Columns: videos by the depth of their tree."""
    return _videos("depth", "trees with the deepest level", found, "deepest level")


def years(found: Mapping[int, int]) -> Figure:
    """Columns: videos by year of upload."""
    return _videos("year", "uploaded in", found, "")


def review(found: Mapping[str, int]) -> Figure:
    """Bars: nodes by review status."""
    most, total = max(found.values(), default=0) or 1, sum(found.values()) or 1
    rows = []
    for status, n in found.items():
        label = "not reviewed" if status == OPEN else status
        text = f"{label}: {count(n, 'node')}, {percent(n / total, 1)}"
        row = _row(mark("review", status), label, n, n / most, text)
        if not n:
            del row["id"]  # nothing to show
        rows.append(row)
    return {"kind": "bars", "rows": rows}


def actions(found: Actions) -> Figure:
    """Bars: the most frequent actions."""
    top = found.top(15)
    most = max((n for _, n in top), default=1)
    return {
        "kind": "bars",
        "rows": [
            _row(mark("action", text), text, n, n / most, f"{short(text)}: {count(n, 'caption')}")
            for text, n in top
        ],
    }


def curve(found: Actions) -> Figure:
    """Points on a line: occurrences of actions by rank, on logarithmic axes."""
    x, across = log_axis(1, max(rank for rank, _, _ in found.curve), powers(9))
    y, up = log_axis(1, max(n for _, _, n in found.curve), powers(9))
    points = [
        {
            "id": mark("action", text), "x": x(rank), "y": y(n),
            "text": f"rank {rank:,}: {short(text)}, {count(n, 'caption')}",
        }
        for rank, text, n in found.curve
    ]  # fmt: skip
    line = {"name": "actions", "points": [[p["x"], p["y"]] for p in points]}
    return _plot([], across, up, "rank", "captions") | {"lines": [line], "points": points}


def balance(before: Balance, after: Balance) -> Figure:
    """Two lines: shares of captions by rank, before and after a resampling, on log axes."""
    drawn = [
        (name, [(rank, n / found.segments) for rank, n in found.curve])
        for name, found in (("before", before), ("after", after))
    ]
    every = [point for _, points in drawn for point in points]
    x, across = log_axis(1, max((rank for rank, _ in every), default=1), powers(9))
    parts = {10.0**-k: percent(10.0**-k, max(k - 2, 0)) for k in range(9)}
    y, up = log_axis(
        min((n for _, n in every), default=1), max((n for _, n in every), default=1), parts
    )
    lines = [
        {"name": name, "points": [[x(rank), y(n)] for rank, n in points]} for name, points in drawn
    ]
    keys = {"keys": [name for name, _ in drawn]}
    return _plot([], across, up, "rank", "share") | {"lines": lines, "points": []} | keys


def clusters(field: str, largest: Sequence[tuple[int, str, int]]) -> Figure:
    """Bars: the largest clusters of a resampling.

    Args:
        field: the field of the segments
        largest: number, caption nearest to the centroid, and number of segments of each cluster
    """
    most = max((n for _, _, n in largest), default=1)
    rows = [
        _row(
            mark("cluster", field, cluster), name, n, n / most,
            f"cluster {cluster}, near “{short(name)}”: {count(n, 'segment')}",
        )
        for cluster, name, n in largest
    ]  # fmt: skip
    return {"kind": "bars", "rows": rows}


def verbs(found: Actions) -> Figure:
    """Slices: the most frequent verbs, each divided into its most frequent objects.

    For most verbs, other objects are by far the largest part; they follow the named ones.
    """
    most = max((verb.count for verb in found.verbs), default=1)
    return {"kind": "slices", "rows": [_slices(verb, most, found.total) for verb in found.verbs]}


def _slices(verb: Verb, most: int, total: int) -> Figure:
    share = percent(verb.count / (total or 1), 1)
    text = f"{short(verb.verb)}: {count(verb.count, 'caption')}, {share} of all"
    row = _row(mark("verb", verb.verb), verb.verb, verb.count, verb.count / most, text)
    # Slices of objects with few captions would be too thin for a name.
    named = [
        (thing, n)
        for k, (thing, n) in enumerate(verb.objects)
        if k < _NAMED or n >= _THINNEST * verb.count
    ]
    row["parts"] = [_object(verb, thing, n) for thing, n in named]
    if rest := verb.count - sum(n for _, n in named):
        part = percent(rest / verb.count, 1)
        row["rest"] = {
            "id": mark("others", verb.verb, *(thing for thing, _ in named)),
            "label": "others",
            "shown": part,
            "text": f"{short(verb.verb)}, other objects: {count(rest, 'caption')}, {part}",
        }
    return row


def _object(verb: Verb, thing: str, n: int) -> Figure:
    label = short(thing) or "no object"
    part = percent(n / verb.count, 1)
    text = f"{short(verb.verb)}, {label}: {count(n, 'caption')}, {part} of the verb"
    return _row(mark("pair", verb.verb, thing), label, n, n / verb.count, text)


def _row(name: str, label: str, number: int, share: float, text: str) -> Figure:
    return {
        "id": name, "label": short(label), "shown": f"{number:,}", "share": share, "text": text
    }  # fmt: skip


def _videos(kind: str, before: str, found: Mapping[int, int], title: str) -> Figure:
    # Years and depths in between without a video are empty columns.
    keys = range(min(found), max(found) + 1)
    end, ticks = whole_ticks(max(found.values()))
    marks = []
    for k in keys:
        n = found.get(k, 0)
        column = {"low": 0, "high": n / end, "text": f"{before} {k}: {count(n, 'video')}"}
        marks.append({**column, **({"id": mark(kind, k)} if n else {})})
    return _columns(marks, keys, ticks, title)


def _columns(
    marks: list[Figure], names: Sequence[str | int], ticks: Sequence[Tick], title: str
) -> Figure:
    """Returns a plot whose columns have names below, or some of them if there are many."""
    every = math.ceil(len(names) / _LABELS)
    places = [((k + 0.5) / len(names), str(names[k])) for k in range(0, len(names), every)]
    return _plot(marks, places, ticks, title)


def _plot(
    marks: list[Figure], x: Sequence[Tick], y: Sequence[Tick], across: str, up: str = ""
) -> Figure:
    return {
        "kind": "plot", "marks": marks, "x": list(x), "y": list(y), "xTitle": across, "yTitle": up,
    }  # fmt: skip


def _level_colour(found: Level) -> str:
    return LEVEL_COLOURS[found.level % len(LEVEL_COLOURS)]


def _brief(found: Bin) -> str:
    if found.low == 0:
        return f"< {found.high:g}"
    return f"≥ {found.low:g}" if math.isinf(found.high) else f"{found.low:g}–{found.high:g}"


def _duration_mark(found: Bin) -> dict[str, str]:
    """Returns the id of a column that has nodes."""
    high = -1 if math.isinf(found.high) else found.high
    return {"id": mark("duration", found.low, high)} if found.nodes else {}


def ids(figure: Figure) -> Iterable[str]:
    """Returns the ids of all clickable marks of a figure."""
    rows = [*figure.get("marks", ()), *figure.get("points", ()), *figure.get("rows", ())]
    for row in figure.get("rows", ()):
        rows += [*row.get("parts", ()), *([row["rest"]] if "rest" in row else ())]
    return [row["id"] for row in rows if "id" in row]
