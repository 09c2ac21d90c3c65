"""Mypy refuses to mix seconds of the source with seconds of the clip."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytest.importorskip("mypy")

PROGRAM = """
from fractions import Fraction

import numpy as np
from fiftyone_action100m.core.cut import cut
from fiftyone_action100m.core.frames import boundary, frame_times, to_clip
from fiftyone_action100m.core.labels import ClipFrames, map_frames
from fiftyone_action100m.core.times import ClipSeconds, ClipTimes, SourceSeconds
from fiftyone_action100m.core.tree import TreeOfCaptions

fps = Fraction(25)
tree = TreeOfCaptions(["r"], [None], [0], [0.0], [9.0])
node = tree["r"]
moment: ClipSeconds = ClipSeconds(3.0)

boundary(to_clip(node.start), fps)
tree.at(SourceSeconds(3.0))
cut(tree, 10, to_clip(node.end))
map_frames(tree.starts, tree.ends, np.zeros(1, np.int64), ClipFrames([(fps, 100)]))

boundary(node.start, fps)  # wrong
boundary(3.0, fps)  # wrong
tree.at(moment)  # wrong
tree.at(frame_times(1, 2, fps)[0])  # wrong
cut(tree, 10, node.end)  # wrong
moment = node.end  # wrong
starts = ClipTimes(np.zeros(1))
map_frames(starts, tree.ends, np.zeros(1, np.int64), ClipFrames([(fps, 100)]))  # wrong
"""


def test_mypy_refuses_to_mix_the_clocks(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context", program],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    lines = re.findall(r"program\.py:(\d+): error: .*\[(.+)\]", found.stdout)
    wrong = [n for n, text in enumerate(PROGRAM.split("\n"), 1) if text.endswith("# wrong")]
    assert [int(line) for line, _ in lines] == wrong, found.stdout + found.stderr
    assert {code for _, code in lines} == {"arg-type", "assignment"}
