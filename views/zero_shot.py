"""Classifies segments zero-shot by class names, and evaluates that with FiftyOne.

The vector of a class is the mean over its prompts; a segment gets the class whose vector is nearest
to that of its pictures or caption. FiftyOne evaluates classifications of samples, so the segments
become the samples of a new dataset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import fiftyone as fo
import numpy as np

from ..core import fields as names
from ..core.keys import ZERO_SHOT_KEY
from ..core.search import QueryError
from ..core.wording import count, percent
from ..internals.views import source_dataset
from ..meaning.encoders import TextEncoder, unit_rows
from ..meaning.store import FloatArray, IntArray, TextIndex
from .hierarchy import DatasetOrView
from .indexes import CLIPS_KEY, encoder_of, open_index
from .segment_vectors import VectoredSegments, read_segments

PROMPT = "a video of {}"
#: The fields of the new dataset, and its view of clips.
SEGMENT, TRUTH, PREDICTED, AS_CLIPS = "segment", "truth", "zero_shot", "as clips"
#: The evaluations: top-1 and top-5 accuracy.
TOP_1, TOP_5 = "top_1", "top_5"
#: The attributes that a sample takes over from its detection.
_FIELDS = {
    "sample_id": fo.StringField,
    names.VIDEO_UID: fo.StringField,
    names.NODE_ID: fo.StringField,
    names.LEVEL: fo.IntField,
}
#: Segments per batch.
_AT_ONCE = 1000


@dataclass(frozen=True)
class ZeroShot:
    """The accuracy of a zero-shot classification of labelled segments.

    Attributes:
        dataset: the dataset of the segments, with the evaluations ``top_1`` and ``top_5``
        encoder: the name of the encoder of segments and classes
        classes: the classes
        segments: the number of labelled segments
        top_1: the share of segments whose class is the first
        top_5: the share of segments whose class is among the first five
        without: the number of segments of the field without a vector
    """

    dataset: str
    encoder: str
    classes: tuple[str, ...]
    segments: int
    top_1: float
    top_5: float
    without: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{count(self.segments, 'labelled segment')}, "
            f"{count(len(self.classes), 'class', 'classes')}, by {self.encoder}: "
            f"top 1 {percent(self.top_1)}, top 5 {percent(self.top_5)}\n"
            f"The App's Model Evaluation panel shows them in the dataset {self.dataset!r}"
        )


def zero_shot(
    view: DatasetOrView,
    classes: Sequence[str],
    prompts: str | Sequence[str] = PROMPT,
    field: str | None = None,
    truth: str = "label",
    name: str | None = None,
    brain_key: str = CLIPS_KEY,
    encoder: TextEncoder | None = None,
) -> ZeroShot:
    """Classifies labelled segments zero-shot by class names, and evaluates that with FiftyOne.

    Creates a dataset with one sample per labelled segment: its ``segment``, the right class
    (``truth``), the predicted one (``zero_shot``, whose confidence is the cosine) and FiftyOne's
    evaluations ``top_1`` and ``top_5``, for the App's Model Evaluation panel. An earlier one of the
    same name is replaced.

    Args:
        view: a dataset, or a view of videos
        classes: the names of the classes
        prompts: templates of the texts of a class, with ``{}`` for its name; several are averaged
        field: the field of the segments; by default the first that is indexed
        truth: the attribute with a segment's class, such as ``verb``, regardless of case. Segments
            with other values are left out
        name: the name of the new dataset; by default that of the dataset with ``-zero-shot``
        brain_key: the name of the index, of clips or of captions
        encoder: the encoder of the prompts; by default that of the index

    Raises:
        NoIndexError: if the dataset has no index; the message says what to run
        NoHierarchyError: if the field is not indexed or not shown by the view
        QueryError: if there are fewer than two classes, a prompt lacks ``{}``, or no segment is
            labelled
        OtherEncoderError: if the encoder is not that of the index
        EncoderError: if the encoder cannot be used
        ValueError: if there is another dataset of this name
    """
    asked = [prompts] if isinstance(prompts, str) else list(prompts)
    spelled: dict[str, str] = {}
    for one in filter(None, map(str.strip, classes)):
        spelled.setdefault(one.casefold(), one)
    chosen = tuple(spelled.values())
    known = {one: place for place, one in enumerate(spelled)}
    _check(chosen, asked)
    dataset = source_dataset(view)
    name = name or f"{dataset.name}-zero-shot"
    _check_name(name)
    index = open_index(view, brain_key)
    found, right = _labelled(read_segments(view, index, field, truth), truth, known)
    vectors = _class_vectors(index, encoder or encoder_of(view, index, brain_key), chosen, asked)
    scores = index.exact(found.rows) @ vectors.T
    made = _store(name, dataset, found, scores, [chosen[place] for place in right.tolist()], chosen)
    made.info[ZERO_SHOT_KEY] = {"of": dataset.name, "encoder": index.encoder, "prompts": asked}
    made.save()
    ranks = 1 + (scores > scores[np.arange(len(right)), right][:, None]).sum(axis=1)
    top_1, top_5 = (round(float((ranks <= most).mean()), 4) for most in (1, 5))
    return ZeroShot(name, index.encoder, chosen, len(right), top_1, top_5, found.without)


def _check(classes: Sequence[str], prompts: Sequence[str]) -> None:
    if len(classes) < 2:
        raise QueryError(f"there {_are(len(classes), 'class', 'classes')}: give 2 or more")
    wrong = [prompt for prompt in prompts if "{}" not in prompt]
    if wrong or not prompts:
        raise QueryError(
            f"the prompt {wrong[0]!r} lacks {{}}, which stands for the class"
            if wrong
            else "give a prompt, such as 'a video of {}'"
        )


def _labelled(
    found: VectoredSegments, truth: str, known: Mapping[str, int]
) -> tuple[VectoredSegments, IntArray]:
    """Returns the segments with one of the classes, and the position of each one's class.

    Raises:
        QueryError: if there is none
    """
    right = np.array([known.get(_class_of(d, truth), -1) for d in found.detections], np.int64)
    labelled = np.flatnonzero(right >= 0)
    if not len(labelled):
        some = sorted({_class_of(d, truth) for d in found.detections} - {""})[:3]
        there = f"such as {', '.join(map(repr, some))}" if some else "which is nowhere"
        raise QueryError(f"no segment has one of the classes as its {truth}, {there}")
    return found.only(labelled), right[labelled]


def _class_vectors(
    index: TextIndex, encoder: TextEncoder, classes: Sequence[str], prompts: Sequence[str]
) -> FloatArray:
    """Returns a unit vector per class: the mean of its prompts."""
    asked = ([prompt.replace("{}", one) for prompt in prompts] for one in classes)
    return unit_rows(np.stack([index.encode(encoder, texts).mean(axis=0) for texts in asked]))


def _are(number: int, one: str, many: str) -> str:
    return f"{'is' if number == 1 else 'are'} {count(number, one, many)}"


def _check_name(name: str) -> None:
    """Checks that a name is free, or that of an earlier dataset of :func:`zero_shot`.

    Raises:
        ValueError: if another dataset has it
    """
    if fo.dataset_exists(name) and ZERO_SHOT_KEY not in fo.load_dataset(name).info:
        raise ValueError(f"there is a dataset {name!r} already: give another name")


def _class_of(detection: Mapping[str, Any], truth: str) -> str:
    value = detection.get(truth)
    return "" if value is None else str(value).strip().casefold()


def _store(
    name: str,
    dataset: fo.Dataset,
    found: VectoredSegments,
    scores: FloatArray,
    right: Sequence[str],
    classes: Sequence[str],
) -> fo.Dataset:
    """Creates the dataset of the segments, with both evaluations."""
    made = fo.Dataset(name, overwrite=True, persistent=dataset.persistent)
    for key, kind in _FIELDS.items():
        made.add_sample_field(key, kind)
    for at in range(0, len(found), _AT_ONCE):
        part = slice(at, at + _AT_ONCE)
        made.add_samples(
            _sample(detection, row, truth, classes)
            for detection, row, truth in zip(
                found.detections[part], scores[part], right[part], strict=True
            )
        )
    common = {"gt_field": TRUTH, "classes": list(classes)}
    made.evaluate_classifications(PREDICTED, eval_key=TOP_1, **common)
    most = min(5, len(classes))
    made.evaluate_classifications(PREDICTED, eval_key=TOP_5, method="top-k", k=most, **common)
    made.save_view(AS_CLIPS, made.to_clips(SEGMENT, other_fields=True))
    return made


def _sample(
    detection: Mapping[str, Any], scores: FloatArray, truth: str, classes: Sequence[str]
) -> fo.Sample:
    best = int(scores.argmax())
    made = fo.Sample(filepath=detection["filepath"])
    support = list(detection["support"])
    made[SEGMENT] = fo.TemporalDetection(label=detection["label"], support=support)
    for key in _FIELDS:
        made[key] = detection.get(key)
    made[TRUTH] = fo.Classification(label=truth)
    made[PREDICTED] = fo.Classification(
        label=classes[best], confidence=float(scores[best]), logits=scores.astype(float)
    )
    return made
