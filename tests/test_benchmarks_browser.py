"""The benchmark of the panel measures all that it prints; how fast anything is, is not tested."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from app_page import show
from tree_page import press_tree

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
#: And how many columns of each are empty.
ROWS = {
    "39 nodes, beside the paused video": 0,
    "39 nodes, beside the grid": 2,
    "39 nodes, Plotly bars, on a page of their own": 2,
}
RATIOS = (
    r"paint of 39 nodes, script and drawing: \d+ ms",
    r"hover over 39 nodes: \d+\.\d ms",
    r"a click tells the player: \d+\.\d ms",
    r"a picture in a node's tip: \d+ ms, at most \d+",
    r"the filmstrip after a zoom: \d+ ms",
    r"playback with : without, screens per second, filmstrip and captions over the video on: "
    r"\d+ : \d+ = \d+%",
    r"script for a move of the playhead, 39 nodes: \d+\.\d\d ms",
    r"Plotly bars : ours, paint until shown: \d+x",
)


def test_every_row_and_ratio_of_the_panel_is_printed(
    repo_root: Path, app: services.AppServer, window: Page, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """In the App that is loaded, in place of one that the benchmark starts."""
    monkeypatch.syspath_prepend(repo_root / "benchmarks")
    import panel as benchmark

    name = benchmark.make_dataset(tmp_path, 39)
    show(window, app.url(name), name)
    window.locator("[data-cy=looker]").first.click()
    window.wait_for_selector("#modal canvas[canvas-loaded=true]")
    press_tree(window)
    window.wait_for_selector("#modal .a100[data-nodes][data-frame]")
    found = benchmark.measure(window.locator("#modal .a100[data-nodes]"), name, 2)
    benchmark.report([found])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    for row, empty in ROWS.items():
        (line,) = (line for line in lines if line.startswith(row + " "))
        assert line.count("–") == empty, line
    for ratio in RATIOS:
        assert any(re.match(ratio + r"   \[to reach: ", line) for line in lines), ratio
