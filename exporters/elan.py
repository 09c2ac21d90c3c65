"""ELAN annotation files (EAF 3.0): one tier per level, each the parent of the next.

The tiers below the first are ``Included_In``: ELAN takes an annotation as a part of the one in the
parent tier that contains it. A node without a caption above one that has a caption is an empty
annotation; if no field has the node, it spans its known descendants. ELAN allows no overlap in a
tier: where neighbours overlap (their supports share a frame), the earlier one ends where the later
one starts.
"""

from __future__ import annotations

import mimetypes
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ..core.missing import fill_missing_ancestors
from ..core.tree import TreeOfCaptions
from .video import Video, single_line, with_ancestors
from .writer import Writer

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_LICENCE_URL = "https://github.com/facebookresearch/Action100M"
_TOP, _BELOW, _INCLUDED = "segments", "parts", "Included_In"
#: Characters that XML 1.0 does not allow, even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Annotation(NamedTuple):
    """Start and end in milliseconds of the clip, and a text that may be empty."""

    start: int
    end: int
    text: str


class Elan(Writer):
    """One ``NAME.eaf`` per video."""

    names = r"[^/]+\.eaf"

    def write(self, video: Video) -> None:
        """Writes the video's file."""
        document = eaf(video, self.chosen, self.licence, self.media(video))
        ET.indent(document)
        path = self.folder / f"{video.name}.eaf"
        ET.ElementTree(document).write(path, encoding="UTF-8", xml_declaration=True)


def eaf(video: Video, chosen: tuple[str, ...], licence: str, media: str = "") -> ET.Element:
    """Returns a video's document.

    Args:
        video: the video
        chosen: the fields; the tiers of each are named ``FIELD level N``
        licence: what the annotations may be used for
        media: the clip's path relative to the document's folder
    """
    document = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "fiftyone_action100m",
            "DATE": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            f"{{{_XSI}}}noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    ET.SubElement(document, "LICENSE", LICENSE_URL=_LICENCE_URL).text = clean(licence)
    _header(document, video, media)
    slots = ET.SubElement(document, "TIME_ORDER")
    tree = fill_missing_ancestors(video.tree)
    times: list[tuple[int, str]] = []
    count = 0
    for name in chosen:
        parent: str | None = None
        for level, found in enumerate(tiers(video, name, tree)):
            tier_id = clean(f"{name} level {level}")
            tier = ET.SubElement(document, "TIER", TIER_ID=tier_id)
            tier.set("LINGUISTIC_TYPE_REF", _TOP if parent is None else _BELOW)
            if parent is not None:
                tier.set("PARENT_REF", parent)
            for annotation in found:
                count += 1
                ends = [f"ts{2 * count - 1}", f"ts{2 * count}"]
                times += [(annotation.start, ends[0]), (annotation.end, ends[1])]
                _annotate(tier, f"a{count}", ends, annotation.text)
            parent = tier_id
    for value, slot in sorted(times, key=lambda time: time[0]):
        ET.SubElement(slots, "TIME_SLOT", TIME_SLOT_ID=slot, TIME_VALUE=str(value))
    _types(document)
    return document


def tiers(video: Video, name: str, tree: TreeOfCaptions | None = None) -> list[list[Annotation]]:
    """Returns a field's annotations per level, from 0 on: ordered, without overlap.

    Args:
        video: the video
        name: the field
        tree: the video's tree with its missing ancestors, if it is known already
    """
    tree = fill_missing_ancestors(video.tree) if tree is None else tree
    texts = dict(video.shown.get(name, {}))
    wanted = with_ancestors(tree, texts)
    levels: dict[int, list[tuple[int, int, str]]] = {}
    for node in tree:
        if node.node_id in wanted and node.level >= 0:
            start, end = (round(seconds * 1000) for seconds in video.in_clip(node))
            levels.setdefault(node.level, []).append((start, end, texts.get(node.node_id, "")))
    found: list[list[Annotation]] = []
    for level in range(max(levels, default=-1) + 1):
        around = found[-1] if found else None
        found.append(_fitted(levels.get(level, []), around))
    return found


def _fitted(rows: list[tuple[int, int, str]], around: list[Annotation] | None) -> list[Annotation]:
    """Cuts annotations at the ends of their parent and at the start of the next."""
    within = []
    at = 0
    for start, end, text in sorted(rows):
        if around is not None:
            middle = (start + end) / 2
            while at < len(around) and around[at].end <= middle:
                at += 1
            if at == len(around):
                break
            start, end = max(start, around[at].start), min(end, around[at].end)
        if start < end:
            within.append(Annotation(start, end, clean(single_line(text))))
    fitted = [
        one._replace(end=min(one.end, following.start)) for one, following in pairwise(within)
    ]
    return [one for one in [*fitted, *within[-1:]] if one.start < one.end]


def clean(text: str) -> str:
    """Returns a text without the characters that XML does not allow."""
    return _ILLEGAL.sub("", text)


def _header(document: ET.Element, video: Video, media: str) -> None:
    header = ET.SubElement(document, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    path = Path(video.filepath)
    if path.is_absolute():
        descriptor = ET.SubElement(
            header,
            "MEDIA_DESCRIPTOR",
            MEDIA_URL=path.as_uri(),
            MIME_TYPE=mimetypes.guess_type(path.name)[0] or "video/mp4",
        )
        if media:  # not percent-encoded: ELAN joins it to the document's path as it is
            relative = media if media.startswith("../") else f"./{media}"
            descriptor.set("RELATIVE_MEDIA_URL", clean(relative))


def _annotate(tier: ET.Element, annotation_id: str, ends: list[str], text: str) -> None:
    aligned = ET.SubElement(
        ET.SubElement(tier, "ANNOTATION"),
        "ALIGNABLE_ANNOTATION",
        ANNOTATION_ID=annotation_id,
        TIME_SLOT_REF1=ends[0],
        TIME_SLOT_REF2=ends[1],
    )
    ET.SubElement(aligned, "ANNOTATION_VALUE").text = text


def _types(document: ET.Element) -> None:
    common = {"GRAPHIC_REFERENCES": "false", "TIME_ALIGNABLE": "true"}
    ET.SubElement(document, "LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": _TOP, **common})
    below = ET.SubElement(document, "LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": _BELOW, **common})
    below.set("CONSTRAINTS", _INCLUDED)
    ET.SubElement(
        document,
        "CONSTRAINT",
        STEREOTYPE=_INCLUDED,
        DESCRIPTION="Time alignable annotations within the parent annotation's time interval, "
        "gaps are allowed",
    )
