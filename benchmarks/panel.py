"""The Tree of Captions in Chromium, beside Plotly bars of the same tree.

A real App server, a real video and its tree for each size; drawn on the CPU, as a server has no
GPU. What is timed runs in the page and is timed there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import chromium  # noqa: E402
import services  # noqa: E402
from measure import median, ratio, spread, table  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

#: The panel's place in a window of 1280 by 800, in pixels.
PLACE = (457, 320)

#: Script: time of our code. Drawn: with the browser's execution of it, which reading a pixel waits
#: for. Shown: until the next screen begins.
_PAINT = """async (root, n) => { const took = {script: [], drawn: [], shown: []};
    const canvases = root.querySelectorAll("canvas");
    const tick = () => new Promise(requestAnimationFrame);
    for (let k = 0; k < n; k += 1) { await tick();
        const began = performance.now();
        root.action100m.repaint(); took.script.push(performance.now() - began);
        for (const c of canvases) c.getContext("2d").getImageData(0, 0, 1, 1);
        took.drawn.push(performance.now() - began); }
    for (let k = 0; k < n; k += 1) { await tick();
        const began = performance.now();
        root.action100m.repaint(); await tick();
        took.shown.push(performance.now() - began); }
    return took; }"""

_HOVER = """async (root, n) => { const over = root.querySelector("canvas.a100-over");
    const box = over.getBoundingClientRect(), took = [];
    for (let k = 0; k < n; k += 1) {
        const at = {clientX: box.left + 40 + ((k * 37) % (box.width - 60)),
                    clientY: box.top + 25 + ((k * 53) % (box.height - 80)), bubbles: true};
        const began = performance.now();
        over.dispatchEvent(new PointerEvent("pointermove", at));
        took.push(performance.now() - began); await new Promise(requestAnimationFrame); }
    return took; }"""

#: From the mouse on a node until its tip has a picture, and from a zoom until the filmstrip is
#: full. The moments change from round to round, so most pictures are still to be taken.
_PICTURES = """async (root, n) => { const over = root.querySelector("canvas.a100-over");
    const film = root.querySelector(".a100-film"), tip = root.querySelector(".a100-tip canvas");
    const tick = () => new Promise(requestAnimationFrame), took = {tip: [], film: []};
    const box = over.getBoundingClientRect();
    const point = (x, y) => ({clientX: box.left + x, clientY: box.top + y, bubbles: true});
    let top = 0;  // where the root is, below the ruler
    while (!root.dataset.hover && top < box.height) {
        top += 5; over.dispatchEvent(new PointerEvent("pointermove", point(box.width / 2, top))); }
    for (let k = 0; k < n; k += 1) {
        over.dispatchEvent(new PointerEvent("pointerleave"));
        const x = 60 + ((k * 71) % (box.width - 80));
        const y = top + ((k * 53) % Math.max(box.height - top - 60, 1));
        const began = performance.now();
        over.dispatchEvent(new PointerEvent("pointermove", point(x, y)));
        if (!root.dataset.hover) continue;
        while (tip.dataset.picture !== "shown" && performance.now() - began < 5000) await tick();
        took.tip.push(performance.now() - began); }
    over.dispatchEvent(new PointerEvent("pointerleave"));
    for (let k = 0; k < Math.min(n, 5); k += 1) {
        const x = 100 + ((k * 97) % (box.width - 120));
        const at = {...point(x, 60), cancelable: true, deltaY: -300};
        const began = performance.now();
        over.dispatchEvent(new WheelEvent("wheel", at));
        while (film.dataset.missing !== "0" && performance.now() - began < 20000) await tick();
        took.film.push(performance.now() - began); }
    return took; }"""

#: Told: from the click until the player is told. There: until the panel, which follows the player,
#: is at the node's first frame, with seek and decoding.
_SEEK = """async (root, n) => { const over = root.querySelector("canvas.a100-over");
    const took = {told: [], there: []}, box = over.getBoundingClientRect();
    for (let k = 0; k < n; k += 1) {
        const at = {clientX: box.left + 40 + (((k * 5 + 3) * 71) % (box.width - 60)),
                    clientY: box.top + 18 + 8 * 2 + 40, bubbles: true, button: 0, pointerId: 1};
        const before = root.dataset.frame, pinned = root.dataset.pinned, began = performance.now();
        over.dispatchEvent(new PointerEvent("pointerdown", at));
        over.dispatchEvent(new PointerEvent("pointerup", at));
        const told = root.action100m.stats().sought - began;
        await new Promise(requestAnimationFrame);
        if (root.dataset.pinned === pinned) continue;  // the same node again, or none
        while (root.dataset.frame === before && performance.now() - began < 3000)
            await new Promise(requestAnimationFrame);
        // A click on a node that begins where the player is moves nothing.
        if (root.dataset.frame !== before) {
            took.told.push(told); took.there.push(performance.now() - began); }
        await new Promise((done) => setTimeout(done, 400)); }
    return took; }"""

_STATS = "(root) => root.action100m.stats()"

_RATE = """async (seconds) => { let screens = 0; const began = performance.now();
    while (performance.now() - began < seconds * 1000) {
        await new Promise(requestAnimationFrame); screens += 1; }
    return screens / ((performance.now() - began) / 1000); }"""

_PLOTLY = """async ([tree, width, height, n]) => {
    const place = document.createElement("div"); document.body.replaceChildren(place);
    const bars = [{type: "bar", orientation: "h", base: tree.base, x: tree.x, y: tree.y,
        text: tree.text, ids: tree.ids, marker: {color: tree.y}, hoverinfo: "text"}];
    const layout = {barmode: "overlay", width, height, margin: {l: 30, r: 6, t: 10, b: 20},
        yaxis: {autorange: "reversed"}, xaxis: {range: [0, tree.end]}};
    const tick = () => new Promise(requestAnimationFrame);
    const script = [], shown = [], move = [], hover = [];
    for (let k = 0; k < n; k += 1) { await tick();
        const began = performance.now();
        await Plotly.newPlot(place, bars, layout); script.push(performance.now() - began);
        await tick(); shown.push(performance.now() - began); }
    for (let k = 0; k < n; k += 1) {
        const began = performance.now(), at = tree.end * (k + 1) / (n + 2);
        await Plotly.relayout(place, {shapes: [{type: "line", x0: at, x1: at, y0: 0, y1: 1,
            yref: "paper"}]}); await tick();
        move.push(performance.now() - began); }
    const drag = place.querySelector(".nsewdrag"), box = drag.getBoundingClientRect();
    for (let k = 0; k < n; k += 1) {
        const at = {clientX: box.left + 20 + (k * 37) % (box.width - 40),
                    clientY: box.top + 15 + (k * 53) % (box.height - 30), bubbles: true};
        const began = performance.now();
        drag.dispatchEvent(new MouseEvent("mousemove", at)); await tick();
        hover.push(performance.now() - began);
        await new Promise((done) => setTimeout(done, 120)); }
    return {script, shown, move, hover}; }"""


def run(folder: Path, sizes: tuple[int, ...], repeat: int) -> None:
    """Prints how fast the panel and Plotly bars draw the same trees.

    Args:
        folder: for videos and the plugin's place
        sizes: approximate nodes per tree
        repeat: tens of rounds, pairs of Plotly's; seconds of playback
    """
    names = [make_dataset(folder, nodes) for nodes in sizes]
    with app_and_browser(folder) as (app, browser):
        report([_measure_alone(browser, app.url(name), name, repeat) for name in names])


def report(found: Sequence[dict[str, Any]]) -> None:
    """Prints what :func:`measure` found for each size, and the ratios of the last one."""
    rows, last = [row for each in found for row in _rows(each)], found[-1]
    head = ["", "paint: script", "drawn", "shown", "hover", "click: told", "there, or a move"]
    table("Tree of Captions, in milliseconds", head, rows)
    ours, bars = last["ours"], last["plotly"]
    nodes = f"{last['nodes']:,} nodes"
    ratio(f"paint of {nodes}, script and drawing", f"{median(ours['drawn']):.0f} ms", "100 ms")
    ratio(f"hover over {nodes}", f"{median(ours['hover']):.1f} ms", "16 ms")
    ratio("a click tells the player", f"{median(ours['told']):.1f} ms", "50 ms")
    tips = ours["tip"]
    ratio("a picture in a node's tip", f"{median(tips):.0f} ms, at most {max(tips):.0f}", "200 ms")
    ratio("the filmstrip after a zoom", f"{median(ours['film']):.0f} ms", "no more than a second")
    rates = last["rate"], last["alone"]
    ratio(
        "playback with : without, screens per second, filmstrip and captions over the video on",
        f"{rates[0]:.0f} : {rates[1]:.0f} = {rates[0] / rates[1]:.0%}",
        "95 %",
    )
    ratio(f"script for a move of the playhead, {nodes}", f"{last['script']:.2f} ms", "1 ms")
    faster = median(bars["shown"]) / median(ours["shown"])
    ratio("Plotly bars : ours, paint until shown", f"{faster:.0f}x", "more than 1x")


def make_dataset(folder: Path, nodes: int) -> str:
    """Makes a dataset of one video whose tree has about this many nodes."""
    from fiftyone_action100m import convert
    from fiftyone_action100m.demo.records import demo_record
    from material import write_parquet, write_video

    place = folder / f"panel-{nodes}"
    record = demo_record(0, leaves=(nodes + 1) // 2)
    seconds = record["nodes"][0]["end"]
    write_parquet(place / "records.parquet", [record])
    write_video(place / "videos" / f"{record['video_uid']}.mp4", seconds, fps="10", size="128x72")
    dataset, _ = convert(
        place / "records.parquet", place / "videos", f"panel-{nodes}", place / "out",
        clip_seconds=seconds + 1, captions="all",
    )  # fmt: skip
    dataset.persistent = True
    return str(dataset.name)


@contextmanager
def app_and_browser(folder: Path) -> Iterator[tuple[services.AppServer, Browser]]:
    """Starts an App that has the plugin, and a browser."""
    from playwright.sync_api import sync_playwright

    plugins = folder / "panel-plugins"
    if not plugins.exists():
        plugins.mkdir()
        (plugins / "explorer").symlink_to(ROOT)
    os.environ["FIFTYONE_PLUGINS_DIR"] = str(plugins)
    found = chromium.find_chromium()
    if found is None:
        sys.exit(chromium.MISSING)
    app = services.AppServer(folder / "panel-app.log")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=list(chromium.ARGS))
            yield app, browser
            browser.close()
    finally:
        app.stop()


def _measure_alone(browser: Browser, url: str, name: str, repeat: int) -> dict[str, Any]:
    from app_page import new_page
    from tree_page import open_tree

    page = new_page(browser, [], animated=True)
    page.set_default_timeout(180_000)
    found = measure(open_tree(page, url), name, 10 * repeat)
    page.context.close()
    return found


def measure(panel: Locator, name: str, rounds: int) -> dict[str, Any]:
    """Returns the times of the panel, and of Plotly bars, by what was measured.

    Args:
        panel: the panel beside an open video; both are closed in the end
        name: the dataset
        rounds: how often each is measured, a fifth as often of Plotly's; playback lasts a tenth
            of a second for each
    """
    page = panel.page
    page.wait_for_timeout(1500)
    ours = panel.evaluate(_PAINT, rounds)
    ours["hover"] = panel.evaluate(_HOVER, rounds)
    page.wait_for_selector("#modal .a100-film[data-missing='0']", state="attached")
    ours |= panel.evaluate(_PICTURES, rounds)
    panel.focus()
    page.keyboard.press("0")
    ours |= panel.evaluate(_SEEK, rounds)
    nodes = int(panel.get_attribute("data-nodes") or 0)
    panel.focus()
    page.keyboard.press("f")
    before = panel.evaluate(_STATS)
    rate = _playback(page, rounds / 10)
    after = panel.evaluate(_STATS)
    script = (after["movesMs"] - before["movesMs"]) / max(after["moves"] - before["moves"], 1)
    # The same video without the panel, in the space that the panel had.
    page.locator("[data-cy=panel-tab-tree_of_captions] [title=Close]").click()
    panel.wait_for(state="detached")
    page.locator("#modal canvas").first.hover()
    alone = _playback(page, rounds / 10)
    # The App's server remembers an open sample and would show it on the next page.
    page.mouse.click(3, 400)
    page.locator("#modal").wait_for(state="hidden")
    grid = _in_the_grid(page, rounds)
    bars = _plotly(page.context.new_page(), name, max(rounds // 5, 1))
    return {
        "nodes": nodes, "ours": ours, "grid": grid, "plotly": bars,
        "rate": rate, "alone": alone, "script": script,
    }  # fmt: skip


def _in_the_grid(page: Page, rounds: int) -> dict[str, list[float]]:
    """Times the panel beside the grid: a page without an open video."""
    from tree_page import open_in_grid

    panel = open_in_grid(page, page.url.partition("?")[0])
    page.wait_for_timeout(1500)
    found: dict[str, list[float]] = panel.evaluate(_PAINT, rounds)
    found["hover"] = panel.evaluate(_HOVER, rounds)
    return found


def _playback(page: Page, seconds: float) -> float:
    """Returns the screens per second while the video plays and the panel follows it."""
    page.keyboard.press("Space")
    page.wait_for_timeout(1000)
    rate: float = page.evaluate(_RATE, seconds)
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    return rate


def _plotly(page: Page, name: str, rounds: int) -> dict[str, list[float]]:
    """Times Plotly bars of a dataset's tree, as a Python panel would draw them; closes the page."""
    import fiftyone as fo
    import plotly
    from fiftyone_action100m import trees

    tree = trees(fo.load_dataset(name).first())
    data = {
        "base": tree.starts.tolist(),
        "x": (tree.ends - tree.starts).tolist(),
        "y": tree.levels.tolist(),
        "ids": list(tree.node_ids),
        "text": [n.texts.get("gpt_action_brief") or n.texts["plm_action"] for n in tree],
        "end": float(tree.ends.max()),
    }
    page.goto("about:blank")
    page.add_script_tag(path=Path(plotly.__file__).parent / "package_data" / "plotly.min.js")
    found: dict[str, list[float]] = page.evaluate(_PLOTLY, [data, *PLACE, rounds])
    page.close()
    return found


def _rows(found: dict[str, Any]) -> list[list[str]]:
    columns = ("script", "drawn", "shown", "hover", "told", "there")
    bars = {**found["plotly"], "there": found["plotly"]["move"]}
    ways = (
        ("beside the paused video", found["ours"]),
        ("beside the grid", found["grid"]),
        ("Plotly bars, on a page of their own", bars),
    )
    return [
        [
            f"{found['nodes']:,} nodes, {who}",
            *(spread(took[key], 1) if took.get(key) else "–" for key in columns),
        ]
        for who, took in ways
    ]
