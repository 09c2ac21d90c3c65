"""Writes the card of a data set: what it holds, how it was made, and on what terms.

Everything in it is either counted (:mod:`.facts`) or said by the data set itself; names and texts
from outside are escaped, so that none of them can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from ..converters.storing.provenance import ACTION100M, CITATION_APA
from ..core import fields as names
from . import card_texts
from .facts import Facts, FieldFact
from .licence import FAIR_LINK

#: Marks the card of a data set by its id, which tells a repository that may be pushed to again.
_MARK = "<!-- fiftyone_action100m: {} -->"
_MARKED = re.compile(r"<!-- fiftyone_action100m: ([0-9a-f]{24}) -->")
_SIZES = ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"))
_LONGEST = 120


def card_of(
    facts: Facts, repo: str, dataset_id: str, preview: str | None = None, private: bool = True
) -> str:
    """Returns the card as Markdown with its YAML header.

    Args:
        facts: what was counted
        repo: the repository, ``owner/name``
        dataset_id: the data set's id in its database
        preview: the picture's path in the repository
        private: whether only those may load it who have a token
    """
    ours = facts.terms.ours
    sections = [
        f"# {escape(facts.name)}",
        _MARK.format(dataset_id),
        escape(facts.description),
        f"![Frames of a video above its Tree-of-Captions]({preview})" if preview else "",
        _summary(facts),
        "## Load it",
        _loading(repo, private),
        "## What it is" if ours else "",
        card_texts.about(facts, repo) if ours else "",
        "## Uses" if ours else "",
        card_texts.uses(facts) if ours else "",
        "## What is in it",
        _contents(facts),
        "## Fields",
        _fields(facts),
        "## How it was made",
        _making(facts),
        "## Splits",
        _splits(facts),
        "## Biases, risks and limits" if ours else "",
        card_texts.LIMITS if ours else "",
        "## Recommendations" if ours else "",
        card_texts.ADVICE if ours else "",
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


def escape(text: Any) -> str:
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


def _loading(repo: str, private: bool) -> str:
    token = """

This repository is private: both need the token of somebody who may read it. Run `hf auth login` \
once, or set `HF_TOKEN`."""
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
was interrupted.{token if private else ""}"""


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
    if facts.no_action and facts.no_action[1]:
        lacking, of = facts.no_action
        parts.append(
            f"{lacking:,} of {of:,} segments with a refined caption ({lacking / of:.2%}) have no "
            "action (`N/A`)."
        )
    if facts.actions:
        named = "; ".join(f"{_short(text)} ({count:,})" for text, count in facts.actions)
        distinct, total = facts.distinct
        parts.append(
            f"{total:,} actions are named, {distinct:,} of them different. The most frequent: "
            f"{named}."
        )
    if facts.speech is not None:
        share = facts.speech / max(facts.videos, 1)
        parts.append(
            f"{facts.speech:,} of {facts.videos:,} videos ({share:.0%}) have a transcript."
        )
    if facts.years:
        first, last = facts.years
        parts.append(f"Uploaded in {first}." if first == last else f"Uploaded {first} to {last}.")
    if facts.views:
        lines = (f"- {code(n)}{': ' + escape(text) if text else ''}" for n, text in facts.views)
        parts.append("Saved views:\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _fields(facts: Facts) -> str:
    detections = [each for each in facts.fields if each.count is not None]
    others = [each for each in facts.fields if each.count is None]
    rows = []
    for each in detections:
        words = facts.words.get(each.name)
        count = f"{each.count:,}" + (f" of {words:.1f} words" if words else "")
        rows.append((code(each.name), count, escape(each.description), _example(facts, each)))
    parts = [
        "Each of these holds `TemporalDetections`, whose `label` is the text and whose `support` "
        "is its first and last frame in the clip, 1-based and inclusive:",
        _table(("field", "detections", "what it holds", "for example"), rows),
    ]
    attributes = _attributes(detections, facts.trees)
    if attributes:
        parts += ["The detections of a tree carry:", attributes]
    rows = [(code(f.name), f.kind, escape(f.description), _example(facts, f)) for f in others]
    table = _table(("field", "type", "what it holds", "for example"), rows)
    return "\n\n".join([*parts, "Of each video:", table])


def _example(facts: Facts, each: FieldFact) -> str:
    text = facts.examples.get(each.name, "")
    if not text or each.count is not None or each.kind == "string":
        return _short(text)
    return code(text)


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
    rows = [(code(name), kind, escape(text)) for name, (kind, text) in known.items()]
    return _table(("attribute", "type", "what it holds"), rows)


def _is_ours(name: str, text: str) -> bool:
    """Whether a detection's attribute says something that not every detection does."""
    return bool(text) and name not in ("id", "tags", "label", "support", "confidence")


def _making(facts: Facts) -> str:
    parts = []
    if facts.terms.ours:
        parts.append("The annotations are [Action100M](" + ACTION100M.homepage + ")'s. ")
        parts.append(card_texts.PIPELINE)
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
        return escape(facts.terms.text) + "."
    return (
        f"The annotations: [FAIR Noncommercial Research License]({FAIR_LINK}), which allows no "
        "commercial use and no redistribution. The videos belong to those who published them, and "
        "the terms of the site that they are from apply."
    )


def _citation() -> str:
    entry = re.sub(r", (?=\w+=)", ",\n  ", ACTION100M.citation).removesuffix("}")
    return f"```bibtex\n{entry}\n}}\n```\n\nAPA: {CITATION_APA}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def _short(text: str) -> str:
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _hours(hours: float) -> str:
    return f"{hours:,.1f} h" if hours >= 1 else f"{hours * 60:,.1f} min"
