"""The browser that tests share: one Chromium, one page that keeps the App loaded, one demo dataset.

Loading the App takes seconds, showing another dataset in it a fraction of that. Tests that need
nothing fresh take ``window``; ``page`` is one of their own. ``conftest.py`` imports the fixtures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import services
from app_page import close_all, new_page
from chromium import ARGS, MISSING, SHELL, find_chromium

if TYPE_CHECKING:
    import fiftyone as fo
    from playwright.sync_api import Browser, Page, Playwright


class SharedBrowser:
    """A headless Chromium and its shared page, open as long as browser tests follow each other.

    While Playwright is up, an event loop runs in this thread, and FiftyOne's ``execute_operator``
    cannot start one of its own: it is closed before any other test.
    """

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._window: Page | None = None
        self.errors: list[str] = []

    def browser(self, executable: str) -> Browser:
        """Returns the Chromium, launched at the first call."""
        from playwright.sync_api import expect, sync_playwright

        if self._browser is None:
            expect.set_options(timeout=60_000)
            self._playwright = sync_playwright().start()
            launch = self._playwright.chromium.launch
            self._browser = launch(executable_path=executable, args=list(ARGS))
        return self._browser

    def window(self, executable: str) -> Page:
        """Returns the shared page; its errors go to ``errors``.

        One whose dataset has been deleted meanwhile is closed: the App cannot open another in it.
        """
        import fiftyone as fo

        if self._window is not None:
            shown = self._window.url.partition("/datasets/")[2].partition("?")[0]
            if shown and not fo.dataset_exists(unquote(shown)):
                self.drop_window()
        if self._window is None:
            self._window = new_page(self.browser(executable), self.errors)
        return self._window

    def drop_window(self) -> None:
        """Closes the shared page, which something has been left open in."""
        if self._window is not None:
            self._window.context.close()
        self._window = None

    def close(self) -> None:
        """Closes all."""
        self._window = None
        if self._browser is not None:
            self._browser.close()
            self._browser = None
        if self._playwright is not None:
            self._playwright.stop()
            self._playwright = None


shared_browser = SharedBrowser()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. Without one, browser tests skip; on a CI they fail."""
    found = find_chromium(SHELL)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def app_minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the App's default encoder, which is not there yet."""
    return tmp_path_factory.mktemp("models") / "minilm"


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, app_minilm: Path) -> Iterator[services.AppServer]:
    """A real App server; ``app.url(name)`` is a dataset's grid.

    Its default encoder is in the folder ``app_minilm``, if a test has made one there.
    """
    env = {**os.environ, "ACTION100M_MINILM": str(app_minilm)}
    server = services.AppServer(tmp_path_factory.mktemp("app") / "server.log", env=env)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """The shared headless Chromium."""
    yield shared_browser.browser(chromium)


@pytest.fixture
def console_errors() -> list[str]:
    """What the page's console and its scripts complained of, in order."""
    return []


@pytest.fixture
def page(browser: Browser, console_errors: list[str]) -> Iterator[Page]:
    """A page of 1280x800 with a profile of its own, without the App's first-visit popover.

    An open sample is closed in the end: the App's server would show it on the next page. The shared
    page is closed before: the server would show this one's datasets in it, and they are deleted.
    """
    from playwright.sync_api import Error

    shared_browser.drop_window()
    made = new_page(browser, console_errors)
    yield made
    with suppress(Error):
        close_all(made)
    made.context.close()


@pytest.fixture
def window(chromium: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The shared page, to show datasets in with ``show``; nothing may have gone wrong in it.

    A dataset that it shows must not be deleted before the test has ended.
    """
    failed = request.session.testsfailed
    made = shared_browser.window(chromium)
    shared_browser.errors.clear()
    yield made
    errors = shared_browser.errors.copy()
    if request.session.testsfailed != failed or not close_all(made):
        shared_browser.drop_window()
    if errors:
        pytest.fail(f"the browser complained: {errors}")


@pytest.fixture(scope="session")
def rendered_demo(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[fo.Dataset, dict[str, Any]]]:
    """Two short demo videos with all captions, and their records by id. Clone what you change."""
    from fiftyone_action100m import convert
    from tree_page import rendered

    folder: Path = tmp_path_factory.mktemp("rendered-demo")
    records = rendered(folder)
    source, videos = folder / "records.parquet", folder / "videos"
    made, _ = convert(source, videos, "test-rendered-demo", folder / "out", captions="all")
    assert made is not None
    made.persistent = True
    yield made, records
    made.delete()
