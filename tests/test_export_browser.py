"""Subtitles that were taken out, in the one reader that most people have: a browser's."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import pytest
from fiftyone_action100m import export
from fiftyone_action100m.exporters.video import single_line
from fiftyone_action100m.exporters.webvtt import vtt

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SUMMARY = "gpt_summary_brief"
EVIL = 'Stir --> 00:00:09.000\n\nNOTE <b>&amp; "x"</b> <00:00:01.000> &lt;script>\x00'
PAGE = """<!doctype html><video muted><track default src="captions.vtt"></video><script>
const track = document.querySelector("track").track; track.mode = "showing";
function read() {
  return document.querySelector("track").readyState === 2 &&
    [...track.cues].map(c => [c.startTime, c.endTime, c.getCueAsHTML().textContent]);
}
</script>"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keeps the tests' output to the tests."""

    def end_headers(self) -> None:
        """Has the browser read each file anew."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that knows nothing of the App: the shared page stays open."""
    made = browser.new_page()
    yield made
    made.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def cues(page: Page, served: tuple[Path, str], text: str) -> list[Any]:
    folder, url = served
    (folder / "captions.vtt").write_text(text, encoding="utf-8")
    page.goto(url)
    found: list[Any] = page.wait_for_function("read()").json_value()
    return found


def test_a_browser_reads_every_cue(
    page: Page, served: tuple[Path, str], tmp_path: Path,
    rendered_demo: tuple[fo.Dataset, dict[str, Any]],
) -> None:  # fmt: skip
    export(rendered_demo[0], tmp_path / "out", "webvtt")
    sample: fo.Sample = rendered_demo[0].first()
    files = sorted((tmp_path / "out" / sample.video_uid).glob("*.level-*.vtt"))
    read = [cue for f in files for cue in cues(page, served, f.read_text())]
    length = sample.metadata.total_frame_count / sample.metadata.frame_rate
    expected = sorted(
        [round(d.start, 3), round(min(d.end, length), 3), single_line(d.label)]
        for d in sample[SUMMARY].detections
    )
    assert sorted([round(a, 3), round(b, 3), text] for a, b, text in read) == expected


def test_a_browser_shows_what_a_caption_says_and_runs_none_of_it(
    page: Page, served: tuple[Path, str]
) -> None:
    rows = [("n-->\n", 0.0, 1.5, EVIL), ("n2", 1.5, 3661.25, "Fine"), ("n3", 4.0, 5.0, " \n")]
    read = cues(page, served, vtt(rows, "a licence --> <b>"))
    assert read == [[0, 1.5, single_line(EVIL)], [1.5, 3661.25, "Fine"]]
