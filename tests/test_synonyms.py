"""What ``all-MiniLM-L6-v2`` finds: captions that say the same in other words."""

from __future__ import annotations

from collections.abc import Iterator

import fiftyone as fo
import pytest
from fiftyone_action100m.meaning.encoders import TextEncoder
from fiftyone_action100m.views.indexing import delete_index, index
from fiftyone_action100m.views.search import Mode, search

BRIEF = "gpt_action_brief"

#: A query, and the caption that it is to find; they have no word in common but "the", "with", ….
PAIRS = [
    ("whisk", "beat the eggs"),
    ("slice vegetables", "chop onions and carrots"),
    ("vacuum the carpet", "hoover the rug"),
    ("repair a bicycle", "fix the bike's chain"),
    ("paint one's nails", "apply polish to fingers"),
    ("put on makeup", "brush blush onto the cheeks"),
    ("cut the lawn", "mow the grass"),
    ("assemble furniture", "screw the table legs together"),
    ("exercise", "do push-ups on a mat"),
    ("play an instrument", "strum the guitar"),
    ("fry meat", "sear the steak in a pan"),
    ("make a hot drink", "pour coffee into a cup"),
    ("clean the car", "wash the vehicle with a hose"),
    ("take a photo", "point the camera and press the shutter"),
    ("sew clothes", "stitch the hem of a dress"),
    ("bake bread", "knead dough for a loaf"),
    ("speak to the audience", "talk to the camera"),
    ("plant seeds", "sow the flower bed"),
    ("style hair", "curl the locks with an iron"),
    ("measure wood", "mark the plank with a ruler"),
]
#: Captions that answer no query.
OTHERS = [
    f"{verb} {thing}"
    for verb in ("open", "hold", "move", "show", "close", "rotate", "lift", "inspect")
    for thing in ("the box", "a green bottle", "the laptop", "a fishing rod", "the map",
                  "a tyre", "the phone", "a dog's leash", "the window", "a chess piece")
]  # fmt: skip


@pytest.fixture(scope="module")
def dataset(minilm: TextEncoder) -> Iterator[fo.Dataset]:
    made = fo.Dataset("test-synonyms")
    nodes = [
        fo.TemporalDetection(
            label=text, support=[1 + 5 * i, 5 + 5 * i], node_id=f"n{i}", parent_id=None, level=1
        )
        for i, text in enumerate([*OTHERS, *(caption for _, caption in PAIRS)])
    ]
    labels = fo.TemporalDetections(detections=nodes)
    made.add_sample(fo.Sample(filepath="/a.mp4", **{BRIEF: labels}))
    index(made, encoder=minilm)
    yield made
    delete_index(made)
    made.delete()


def found(dataset: fo.Dataset, mode: Mode) -> list[str]:
    """Returns the captions that are among the first ten of their query."""
    return [
        caption
        for query, caption in PAIRS
        if caption in {hit.label for hit in search(dataset, query, k=10, mode=mode)}
    ]


def test_other_words_of_the_same_meaning_are_found(dataset: fo.Dataset) -> None:
    assert len(found(dataset, "meaning")) >= 16
    by_both = found(dataset, "both")
    assert len(by_both) >= 16 and "beat the eggs" in by_both
    assert len(found(dataset, "words")) <= 4
