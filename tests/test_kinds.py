"""Which levels of a video's tree are found depends on what the encoder sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import TreeOfCaptions, build, compare_trees
from fiftyone_action100m.treemaking.encoders import ColourEncoder, FrameEncoder
from kinds import RATE, GreyPixels, Sees, Shown, show


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """Two videos, by their ids."""
    folder = tmp_path_factory.mktemp("kinds")
    return {f"v{seed}": show(folder / f"v{seed}.mp4", seed) for seed in range(2)}


#: The levels of the tree.
INNER, CHAPTERS, STEPS, LEAVES = (0, 1, 2), (1,), (2,), (3,)


def recall(
    shown: dict[str, Shown], out: Path, encoder: FrameEncoder
) -> Callable[[Sequence[int]], float]:
    """How much of some levels, at an overlap of 0.9, is found by the default rules."""
    (folder,) = {each.path.parent for each in shown.values()}
    assert build(folder, out / encoder.name, encoder=encoder, every=2).exit_code == 0
    rows = pq.read_table(out / encoder.name / "records").to_pylist()
    trees = {row["video_uid"]: TreeOfCaptions.from_nodes(row["nodes"]) for row in rows}
    for uid, tree in trees.items():
        assert tree.check(shown[uid].tree.end) == []

    def of(levels: Sequence[int]) -> float:
        found = [
            compare_trees(known.tree, trees[uid], known.of(*levels)).recall[0.9]
            for uid, known in shown.items()
        ]
        return sum(found) / len(found)

    return of


def test_only_features_that_see_all_kinds_find_all_levels(
    shown: dict[str, Shown], tmp_path: Path
) -> None:
    everything = recall(shown, tmp_path, Sees("hue", "texture", "motion"))
    assert everything(INNER) >= 0.9 and everything(LEAVES) >= 0.9
    still = recall(shown, tmp_path, Sees("hue", "texture"))
    assert still(INNER) >= 0.9 and still(LEAVES) <= 0.3
    hue = recall(shown, tmp_path, Sees("hue"))
    assert hue(CHAPTERS) >= 0.9 and hue(STEPS) <= 0.5
    assert recall(shown, tmp_path, Sees("texture", "motion"))(CHAPTERS) <= 0.6


def test_the_built_in_encoder_finds_chapters_and_grey_pixels_do_not(
    shown: dict[str, Shown], tmp_path: Path
) -> None:
    colour = recall(shown, tmp_path, ColourEncoder())
    assert colour(CHAPTERS) >= 0.9 and 0.5 <= colour(INNER) <= 0.85
    assert recall(shown, tmp_path, GreyPixels())(INNER) <= 0.4


def test_the_mean_grey_of_all_pictures_is_the_same(shown: dict[str, Shown]) -> None:
    with av.open(str(shown["v0"].path)) as container:
        greys = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert len(greys) / RATE == pytest.approx(shown["v0"].tree.end)
    assert np.ptp(greys) < 4  # of 256
