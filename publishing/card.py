"""Writes a dataset's card: what it holds, how it was made, and its licence.

All its facts are counted (:mod:`.facts`) or come from the dataset. Names and texts are escaped, so
none of them can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from ..converters.storing.provenance import ACTION100M, CITATION_APA
from ..converters.storing.sample_fields import NODE_ATTRIBUTES
from ..core.fields import SEGMENTS
from ..core.wording import count, percent
from ..views.hierarchy import NEEDED
from . import card_builds, card_texts
from .escaping import code, escape, table
from .facts import Facts, FieldFact
from .licence import FAIR_LINK

#: The mark with the dataset's id, which identifies the repository for later pushes.
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
        dataset_id: the dataset's id in FiftyOne's database
        preview: the path of the preview picture in the repository, None without one
        private: whether loading the repository needs a token
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
    """Returns the id of the dataset that a card was written for, None for another card."""
    found = _MARKED.search(card)
    return found[1] if found else None


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
        # The Hub would read the videos as a dataset of its own.
        "viewer": False,
    }
    return str(yaml.safe_dump(header, sort_keys=False, allow_unicode=True))


def _summary(facts: Facts) -> str:
    source = ""
    if facts.source_hours and facts.source_hours > facts.hours * 1.01:
        source = f", the first parts of videos of {_hours(facts.source_hours)}"
    captions = "no captions" if facts.trees == (SEGMENTS.name,) else "its own captions"
    levels = f" on {count(len(facts.levels), 'level')}" if facts.levels else ""
    return (
        f"A [FiftyOne](https://github.com/voxel51/fiftyone) dataset of "
        f"**{count(facts.videos, 'video')}** ({_hours(facts.hours)}{source}) with "
        f"**{count(facts.segments, 'segment')}**{levels}. Each video has a tree of segments, from "
        f"coarse to fine, and each segment has {captions}."
    )


def _loading(repo: str, private: bool) -> str:
    token = """

This repository is private: loading it needs the token of an account that may read it. Run \
`hf auth login` once, or set `HF_TOKEN`."""
    return f"""\
```bash
pip install -U fiftyone huggingface_hub
```

```python
import fiftyone as fo
from fiftyone.utils.huggingface import load_from_hub

dataset = load_from_hub("{repo}", persistent=True)  # max_samples=10 loads ten videos
session = fo.launch_app(dataset)
```

With the plugin `@action100m/explorer`, the App shows and searches the trees, and \
`action100m load {repo}` retries, checks every file, and resumes after an \
interruption.{token if private else ""}"""


def _contents(facts: Facts) -> str:
    rows = []
    for level in facts.levels:
        middle = level.quartiles
        spread = f"{middle[1]:,.1f} s ({middle[0]:,.1f} to {middle[2]:,.1f})" if middle else "?"
        rows.append((str(level.level), f"{level.nodes:,}", spread))
    parts = [table(("level", "segments", "median length (quartiles)"), rows)]
    if facts.annotated is not None and facts.segments:
        share = percent(facts.annotated / facts.segments)
        parts.append(
            f"Segments with a refined caption: {facts.annotated:,} ({share}). The others have "
            "unrefined captions only."
        )
    if facts.no_action and facts.no_action[1]:
        lacking, refined = facts.no_action
        parts.append(
            "Segments with a refined caption but no action (`N/A`): "
            f"{lacking:,} of {refined:,} ({percent(lacking / refined, 2)})."
        )
    if facts.actions:
        named = "; ".join(f"{_short(text)} ({number:,})" for text, number in facts.actions)
        distinct, total = facts.distinct
        parts.append(
            f"{count(total, 'action')}, {distinct:,} of them different. The most frequent: {named}."
        )
    if facts.speech is not None:
        share = percent(facts.speech / max(facts.videos, 1))
        parts.append(f"Videos with a transcript: {facts.speech:,} of {facts.videos:,} ({share}).")
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
        number = f"{each.count:,}" + (f" of {words:.1f} words" if words else "")
        rows.append((code(each.name), number, escape(each.description), _example(facts, each)))
    parts = [
        "Each of these fields holds `TemporalDetections`: `label` is the text, and `support` the "
        "first and last frame in the clip, 1-based and inclusive:",
        table(("field", "detections", "description", "example"), rows),
    ]
    attributes = _attributes(detections, facts.trees)
    if attributes:
        parts += ["The detections of a tree have these attributes:", attributes]
    rows = [(code(f.name), f.kind, escape(f.description), _example(facts, f)) for f in others]
    described = table(("field", "type", "description", "example"), rows)
    return "\n\n".join([*parts, "Each video has these fields:", described])


def _example(facts: Facts, each: FieldFact) -> str:
    text = facts.examples.get(each.name, "")
    if not text or each.count is not None or each.kind == "string":
        return _short(text)
    return code(text)


def _attributes(detections: Sequence[FieldFact], trees: Sequence[str]) -> str:
    known = {
        row.name: (row.ftype.__name__.removesuffix("Field").lower(), row.description)
        for row in NODE_ATTRIBUTES
        if row.name in NEEDED
    }
    for each in detections:
        if each.name in trees:
            known |= {
                name: (kind, text) for name, kind, text in each.attributes if _is_ours(name, text)
            }
    rows = [(code(name), kind, escape(text)) for name, (kind, text) in known.items()]
    return table(("attribute", "type", "description"), rows)


def _is_ours(name: str, text: str) -> bool:
    """Whether a detection's attribute is described and not one of FiftyOne's."""
    return bool(text) and name not in ("id", "tags", "label", "support", "confidence")


def _making(facts: Facts) -> str:
    parts = []
    if facts.terms.ours:
        parts.append("The annotations are [Action100M](" + ACTION100M.homepage + ")'s. ")
        parts.append(card_texts.PIPELINE)
    parts += [card_builds.built(build) for build in facts.builds]
    parts.append(_clip_rule(facts))
    if facts.made_by:
        parts.append(f"Converted by {code(facts.made_by)}.")
    return "\n\n".join(part.strip() for part in parts)


def _clip_rule(facts: Facts) -> str:
    parameters, lines = facts.parameters, []
    seconds, height = parameters.get("clip_seconds"), parameters.get("max_height")
    if isinstance(seconds, int | float) and isinstance(height, int | float):
        high = f"at most {height:g} pixels high"
        lines.append(
            f"Each clip is the first {seconds:g} s of its video, {high}. "
            "Segments that start after its end are left out, and longer ones are cut there."
            if seconds
            else f"Each clip is its whole video, {high}."
        )
    elif facts.longest:
        lines.append(f"Clips last at most {facts.longest:,.1f} s.")
    heights, rates = (sorted((k, n) for k, n in each.items() if k) for each in facts.sizes)
    if heights:
        lines.append(f"They are {_range([k for k, _ in heights], 'pixels')} high")
        shown = _range([round(k, 3) for k, _ in rates], "frames per second") if rates else ""
        lines[-1] += f", with {shown}." if shown else "."
    return "**Clips.** " + " ".join(lines) if lines else ""


def _range(values: Sequence[float], unit: str) -> str:
    low, high = min(values), max(values)
    return f"{low:g} {unit}" if low == high else f"{low:g} to {high:g} {unit}"


def _splits(facts: Facts) -> str:
    if not facts.tags:
        return "The dataset has no splits and no tags."
    rows = [(code(tag), f"{number:,}") for tag, number in sorted(facts.tags.items())]
    return "The dataset has no splits. Its videos are tagged:\n\n" + table(("tag", "videos"), rows)


def _licence(facts: Facts) -> str:
    if not facts.terms.ours:
        return escape(facts.terms.text) + "."
    return (
        f"The annotations are under the [FAIR Noncommercial Research License]({FAIR_LINK}), which "
        "allows neither commercial use nor redistribution. The videos belong to their publishers, "
        "under the terms of the site that they come from."
    )


def _citation() -> str:
    entry = re.sub(r", (?=\w+=)", ",\n  ", ACTION100M.citation).removesuffix("}")
    return f"```bibtex\n{entry}\n}}\n```\n\nAPA: {CITATION_APA}"


def _short(text: str) -> str:
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def _hours(hours: float) -> str:
    return f"{hours:,.1f} h" if hours >= 1 else f"{hours * 60:,.1f} min"
