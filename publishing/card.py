"""Writes the card of a data set: what it holds, how it was made, and on what terms.

Everything in it is either counted (:mod:`.facts`) or said by the data set itself; names and texts
from outside are escaped, so that none of them can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from ..converters.storing.provenance import ACTION100M
from ..core import fields as names
from .facts import Facts, FieldFact
from .licence import FAIR_LINK

#: Marks the card of a data set by its id, which tells a repository that may be pushed to again.
_MARK = "<!-- fiftyone_action100m: {} -->"
_MARKED = re.compile(r"<!-- fiftyone_action100m: ([0-9a-f]{24}) -->")
_SIZES = ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"))
_LONGEST = 120

_PIPELINE = """\
No human has written or checked any of it. By its authors' account ({paper}):

1. **Segments.** Frame embeddings by V-JEPA 2 are clustered, neighbours with neighbours, into a \
tree: the whole video at its root, ever shorter segments below.
2. **First captions.** Llama-3.2-Vision-11B describes the middle frame of each leaf; \
PerceptionLM-3B describes all other segments by some of their frames. (`plm_*` and `llama3_*`)
3. **Refined captions.** GPT-OSS-120B reads a segment's captions, those below it, the video's \
title, description and transcript, and writes five texts, revised three times. Segments \
under 4 s get none. (`gpt_*`)
"""

_LIMITS = """\
- The videos are instructional, mostly cooking, crafts and repairs, in English and from YouTube: \
they stand for neither all activities nor all people.
- Captions are a model's. They name things that are not there, and repeat what is said rather than \
what is shown; the unrefined ones more often.
- Actions have a long tail: talking to the camera is the most frequent one of the whole data set.
- A segment without an action (an intro, an advertisement) has no `gpt_action_*` text.
- Voices, names, places and what is said remain in clips, titles, descriptions and transcripts, \
and may identify people, although faces are blurred in the source.
- View and like counts are those of the day on which the record was made.
"""


def card_of(facts: Facts, repo: str, dataset_id: str, preview: str | None = None) -> str:
    """Returns the card as Markdown with its YAML header.

    Args:
        facts: what was counted
        repo: the repository, ``owner/name``
        dataset_id: the data set's id in its database
        preview: the picture's path in the repository
    """
    sections = [
        f"# {plain(facts.name)}",
        _MARK.format(dataset_id),
        plain(facts.description),
        f"![Frames of a video above its Tree-of-Captions]({preview})" if preview else "",
        _summary(facts),
        "## Load it",
        _loading(facts, repo),
        "## What is in it",
        _contents(facts),
        "## Fields",
        _fields(facts),
        "## How it was made",
        _making(facts),
        "## Splits",
        _splits(facts),
        "## Biases, risks and limits" if facts.terms.ours else "",
        _LIMITS if facts.terms.ours else "",
        "## Licence",
        _licence(facts),
        "## Citation",
        _citation(),
    ]
    body = "\n\n".join(section.strip() for section in sections if section.strip())
    return f"---\n{_header(facts)}---\n\n{body}\n"


def mark_of(card: str) -> str | None:
    """Returns the id of the data set that a card was written for, None if it was not by this."""
    found = _MARKED.search(card)
    return found[1] if found else None


def plain(text: Any) -> str:
    """Returns a text on one line with nothing in it that Markdown or HTML would act on."""
    line = " ".join(str(text).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*_\[\]!|~$])", r"\\\1", line)
    return re.sub(r"^(\d*)([#+=.)-])", r"\1\\\2", line)  # what begins a heading, a list or a rule


def code(text: Any) -> str:
    """Returns a text as code, on one line."""
    line = " ".join(str(text).split()).replace("|", "\\|")
    ticks = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    gap = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{gap}{line}{gap}{ticks}"


def _header(facts: Facts) -> str:
    size = next((name for most, name in _SIZES if facts.videos < most), "n>1M")
    header = {
        "pretty_name": facts.name,
        "language": ["en"],
        "license": facts.terms.identifier,
        "annotations_creators": ["machine-generated"],
        "task_categories": ["video-classification", "video-text-to-text"],
        "size_categories": [size],
        "tags": ["fiftyone", "video", "action100m", "tree-of-captions", "temporal-localization"],
        # The Hub reads the videos otherwise as a data set of its own.
        "viewer": False,
    }
    return str(yaml.safe_dump(header, sort_keys=False, allow_unicode=True))


def _summary(facts: Facts) -> str:
    of = ""
    if facts.source_hours:
        of = f", from the first part of videos of {_hours(facts.source_hours)}" * _is_cut(facts)
    levels = f", on {len(facts.levels)} levels" if facts.levels else ""
    return (
        f"A [FiftyOne](https://github.com/voxel51/fiftyone) data set of **{facts.videos:,} "
        f"{_plural('video', facts.videos)}** ({_hours(facts.hours)}{of}) with **{facts.segments:,} "
        f"segments**{levels}. Each video is a tree of segments, coarse to fine, and each segment "
        "has its own captions."
    )


def _is_cut(facts: Facts) -> bool:
    return bool(facts.source_hours and facts.source_hours > facts.hours * 1.01)


def _loading(facts: Facts, repo: str) -> str:
    return f"""\
```bash
pip install -U fiftyone huggingface_hub
```

```python
import fiftyone as fo
from fiftyone.utils.huggingface import load_from_hub

dataset = load_from_hub("{repo}", persistent=True)  # max_samples=10 fetches ten videos only
session = fo.launch_app(dataset)
```

With the plugin `@action100m/explorer`, the App shows and searches the trees, and \
`action100m load {repo}` loads with retries, checks every file, and goes on where it \
was interrupted."""


def _contents(facts: Facts) -> str:
    rows = []
    for level in facts.levels:
        middle = level.quartiles
        spread = f"{middle[1]:,.1f} s ({middle[0]:,.1f} to {middle[2]:,.1f})" if middle else "?"
        rows.append((str(level.level), f"{level.nodes:,}", spread))
    parts = [_table(("level", "segments", "median length (quartiles)"), rows)]
    if facts.annotated is not None and facts.segments:
        share = facts.annotated / facts.segments
        parts.append(
            f"{facts.annotated:,} segments ({share:.0%}) have a refined caption; the others have "
            "unrefined ones only."
        )
    if facts.actions:
        named = "; ".join(f"{_short(text)} ({count:,})" for text, count in facts.actions)
        distinct, total = facts.distinct
        parts.append(
            f"{total:,} actions are named, {distinct:,} of them different. The most frequent: "
            f"{named}."
        )
    if facts.speech is not None:
        parts.append(f"{facts.speech:,} of {facts.videos:,} videos have a transcript.")
    if facts.years:
        parts.append("Uploaded {} to {}.".format(*facts.years))
    if facts.views:
        lines = (f"- {code(n)}{': ' + plain(text) if text else ''}" for n, text in facts.views)
        parts.append("Saved views:\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _fields(facts: Facts) -> str:
    detections = [each for each in facts.fields if each.count is not None]
    others = [each for each in facts.fields if each.count is None]
    rows = []
    for each in detections:
        words = facts.words.get(each.name)
        count = f"{each.count:,}" + (f" of {words:.1f} words" if words else "")
        rows.append((code(each.name), count, plain(each.description)))
    parts = [
        "Each of these holds `TemporalDetections`, whose `label` is the text and whose `support` "
        "is its first and last frame in the clip, 1-based and inclusive:",
        _table(("field", "detections", "what it holds"), rows),
    ]
    attributes = _attributes(detections, facts.trees)
    if attributes:
        parts += ["The detections of a tree carry:", attributes]
    rows = [(code(f.name), f.kind, plain(f.description)) for f in others]
    return "\n\n".join([*parts, "Of each video:", _table(("field", "type", "what it holds"), rows)])


def _attributes(detections: Sequence[FieldFact], trees: Sequence[str]) -> str:
    known: dict[str, tuple[str, str]] = {
        names.NODE_ID: ("string", "Id of the tree's node"),
        names.PARENT_ID: ("string", "Id of the node's parent; none for the root"),
        names.LEVEL: ("int", "Depth in the tree; 0 is the whole video"),
    }
    for each in detections:
        if each.name in trees:
            known |= {
                name: (kind, text) for name, kind, text in each.attributes if _is_ours(name, text)
            }
    rows = [(code(name), kind, plain(text)) for name, (kind, text) in known.items()]
    return _table(("attribute", "type", "what it holds"), rows)


def _is_ours(name: str, text: str) -> bool:
    """Whether a detection's attribute says something that not every detection does."""
    return bool(text) and name not in ("id", "tags", "label", "support", "confidence")


def _making(facts: Facts) -> str:
    parts = []
    if facts.terms.ours:
        parts.append("The annotations are [Action100M](" + ACTION100M.homepage + ")'s. ")
        parts.append(_PIPELINE.format(paper=ACTION100M.paper))
    parts.append(_clip_rule(facts))
    if facts.made_by:
        parts.append(f"Converted by {code(facts.made_by)}.")
    return "\n\n".join(part.strip() for part in parts)


def _clip_rule(facts: Facts) -> str:
    asked, lines = facts.parameters, []
    seconds, height = asked.get("clip_seconds"), asked.get("max_height")
    if isinstance(seconds, int | float) and isinstance(height, int | float):
        lines.append(
            f"Each clip is the first {seconds:g} s of its video, at most {height:g} pixels high. "
            "Segments that begin after its end are left out; those that go on after it end there."
        )
    elif facts.longest:
        lines.append(f"Clips last {facts.longest:,.1f} s at most.")
    heights, rates = (sorted((k, n) for k, n in each.items() if k) for each in facts.sizes)
    if heights:
        lines.append(f"They are {_range([k for k, _ in heights], 'pixels')} high")
        shown = _range([round(k, 3) for k, _ in rates], "frames a second") if rates else ""
        lines[-1] += f", with {shown}." if shown else "."
    return "**Clips.** " + " ".join(lines) if lines else ""


def _range(values: Sequence[float], unit: str) -> str:
    low, high = min(values), max(values)
    return f"{low:g} {unit}" if low == high else f"{low:g} to {high:g} {unit}"


def _splits(facts: Facts) -> str:
    if not facts.tags:
        return "None: all videos are of one kind, and none is tagged."
    rows = [(code(tag), f"{count:,}") for tag, count in sorted(facts.tags.items())]
    return "None but by tags:\n\n" + _table(("tag", "videos"), rows)


def _licence(facts: Facts) -> str:
    if not facts.terms.ours:
        return plain(facts.terms.text) + "."
    return (
        f"The annotations: [FAIR Noncommercial Research License]({FAIR_LINK}), which allows no "
        "commercial use and no redistribution. The videos belong to those who published them, and "
        "the terms of the site that they are from apply."
    )


def _citation() -> str:
    entry = re.sub(r", (?=\w+=)", ",\n  ", ACTION100M.citation).removesuffix("}")
    return f"```bibtex\n{entry}\n}}\n```"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def _short(text: str) -> str:
    return plain(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _hours(hours: float) -> str:
    return f"{hours:,.1f} h" if hours >= 1 else f"{hours * 60:,.1f} min"
