"""What all tests share. FiftyOne connects when it is imported, so its surroundings come first.

Each run has a mongod, a database name, a plugins directory and data directories of its own: it
neither sees nor changes what the person who runs the tests has in FiftyOne.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import forks
import hypothesis
import pytest
import services
import shared
from browser_fixtures import (  # noqa: F401
    app,
    app_minilm,
    browser,
    chromium,
    console_errors,
    page,
    rendered_demo,
    shared_browser,
    window,
)

if TYPE_CHECKING:
    from fiftyone_action100m.meaning.encoders import TextEncoder
    from hub_client import Client
    from hub_server import Hub
    from material import Converted

ROOT = Path(__file__).resolve().parent.parent


#: The line by which all tests of a module are browser tests.
_ALL_BROWSER = "\npytestmark = pytest.mark.browser\n"


class RootIsADirectory:
    """Keeps pytest from importing the root's ``__init__.py`` as a package named as the clone is.

    That fails where the clone's name is no identifier, and else makes a second copy of the package.
    A plugin, because a conftest's hooks are not asked about the directories above it.
    """

    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Dir | None:
        """Collects the root as a plain directory."""
        if path != ROOT:
            return None
        directory: pytest.Dir = pytest.Dir.from_parent(parent, path=path)
        return directory


# How long an example may take depends on what else the machine does.
hypothesis.settings.register_profile("action100m", deadline=None)
hypothesis.settings.load_profile("action100m")


def pytest_configure(config: pytest.Config) -> None:
    """Gives a run, or each worker of it, a FiftyOne before any test module can import it."""
    config.pluginmanager.register(RootIsADirectory())
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell has it for background jobs
        signal.signal(signal.SIGINT, signal.default_int_handler)  # or none that is started hears it
    gc.disable()  # until all modules are imported: it would look at their objects again and again
    folder = shared.begin()
    if folder is not None:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if config.getoption("numprocesses", None):
        return  # a worker is told no such number: this process only hands tests out
    home = Path(tempfile.mkdtemp(prefix="action100m-tests-"))
    exe = services.find_mongod()
    if exe is None and not os.environ.get("FIFTYONE_DATABASE_URI"):
        shutil.rmtree(home)
        pytest.exit("no mongod: run `make setup-dev`, or set FIFTYONE_DATABASE_URI", 3)
    (home / "plugins").mkdir()
    (home / "plugins" / "action100m-explorer").symlink_to(ROOT)
    # Not pytest_unconfigure: FiftyOne clears up at exit and waits 30 s for a database that is
    # gone.
    # What is registered before FiftyOne is imported runs after what FiftyOne registers.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    if exe is not None:
        data = services.database_folder()
        atexit.register(shutil.rmtree, data, ignore_errors=True)
        mongod, os.environ["FIFTYONE_DATABASE_URI"] = services.start_mongod(exe, data, journal_mb=8)
        atexit.register(mongod.stop)
    else:
        atexit.register(_drop_database)
    os.environ |= {
        "FIFTYONE_DATABASE_NAME": f"action100m-tests-{uuid.uuid4().hex[:8]}",
        "FIFTYONE_CONFIG_PATH": str(home / "config.json"),
        "FIFTYONE_APP_CONFIG_PATH": str(home / "app_config.json"),
        "FIFTYONE_PLUGINS_DIR": str(home / "plugins"),
        "FIFTYONE_DEFAULT_DATASET_DIR": str(home / "datasets"),
        "FIFTYONE_DATASET_ZOO_DIR": str(home / "zoo"),
        "FIFTYONE_MODEL_ZOO_DIR": str(home / "models"),
        "FIFTYONE_DO_NOT_TRACK": "true",
        "FIFTYONE_PLUGINS_CACHE_ENABLED": "true",  # as in `action100m open`
        "FIFTYONE_SHOW_PROGRESS_BARS": "false",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(home / "hf-datasets"),
    }


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Imports only the modules that have tests of the kind that is asked for."""
    kind = config.getoption("markexpr")
    if kind not in ("browser", "not browser") or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text("utf-8")
    other = "mark.browser" not in text if kind == "browser" else _ALL_BROWSER in text
    return other or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the modules with slow tests first, so that no process ends with one alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Has the garbage collector leave alone what has been imported: it stays until the end."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
    _make_documents_fast()
    forks.begin()


def _make_documents_fast() -> None:
    """Keeps MongoEngine from looking for what cannot be there, 8 % of what such tests compute.

    It makes a field for each value of each label, and looks whether a keyword is the name of an
    attribute; and it asks each document that is saved, down to the fields of a schema, which of its
    values have changed inside, where only documents and filled lists and dicts can.
    """
    fields = sys.modules.get("mongoengine.base.fields")
    if fields is None:
        return
    fields.dir = lambda field: ()  # type: ignore[attr-defined]
    base: Any = import_module("mongoengine.base")
    nested = (import_module("mongoengine").EmbeddedDocument, list, tuple, dict)
    search = base.BaseDocument._get_changed_fields

    def changed(document: Any) -> list[str]:
        for value in document._data.values():
            if isinstance(value, nested) and value:
                return cast("list[str]", search(document))
        return list(getattr(document, "_changed_fields", ()))

    base.BaseDocument._get_changed_fields = changed


def _drop_database() -> None:
    import pymongo

    client: pymongo.MongoClient[dict[str, object]]
    with pymongo.MongoClient(os.environ["FIFTYONE_DATABASE_URI"]) as client:
        client.drop_database(os.environ["FIFTYONE_DATABASE_NAME"])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Closes the browser before a test of another kind, and forgets the last test's samples.

    FiftyOne loads each sample in memory anew whenever its dataset is reloaded, and samples are in
    cycles.
    """
    if item.get_closest_marker("browser") is None:
        shared_browser.close()
    gc.collect(1)


def pytest_sessionfinish() -> None:
    """Closes the browser before the fixtures' processes are gone."""
    shared_browser.close()


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The repository's root, which is the plugin and the package."""
    return ROOT


@pytest.fixture(scope="session")
def shared_records() -> Path:
    """The six real records, which no clone carries."""
    path = ROOT.parent / "shared" / "action100m" / "preview-6.parquet"
    if not path.is_file():
        pytest.skip("the six real records are not at ../shared/action100m/preview-6.parquet")
    return path


@pytest.fixture(scope="session")
def minilm() -> TextEncoder:
    """The encoder of search by meaning. Without its files, the test is skipped, or fails in CI."""
    from fiftyone_action100m.meaning.encoders import EncoderError, open_encoder

    try:
        return open_encoder()
    except EncoderError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def demo_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache directory of this run's, where the demo need not be rendered again and again."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def converted_demo() -> Iterator[Converted]:
    """The demo's six videos, rendered small. Shared: put back what you change.

    The second process to ask finds the videos and their clips made.
    """
    from material import Converted, small_demo

    name = f"test-demo-{uuid.uuid4().hex[:6]}"
    with shared.locked("demo") as folder:
        demo = small_demo(folder)
        made = Converted.make(name, demo.records, demo.videos, folder / "out")
    yield made
    made.dataset.delete()


@pytest.fixture(scope="session")
def converted_records(shared_records: Path) -> Iterator[Converted]:
    """The six real records with stand-in videos. Shared: put back what you change."""
    import pyarrow.parquet as pq
    from material import Converted, write_video

    name = f"test-records-{uuid.uuid4().hex[:6]}"
    with shared.locked("records") as folder:
        for uid in pq.read_table(shared_records, columns=["video_uid"])["video_uid"].to_pylist():
            video = folder / "videos" / f"{uid}.mp4"
            if not video.exists():
                write_video(video, seconds=95.0, fps="30000/1001")
        made = Converted.make(name, shared_records, folder / "videos", folder / "out")
    yield made
    made.dataset.delete()


@pytest.fixture
def dataset_name() -> Iterator[str]:
    """A dataset name that nothing else has; the dataset is deleted afterwards."""
    import fiftyone as fo

    name = f"test-{uuid.uuid4().hex[:10]}"
    yield name
    if fo.dataset_exists(name):
        fo.delete_dataset(name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="session")
def tiny_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of ffmpeg's test picture: 160x120, 25 frames a second, H.264, no audio."""
    from video_sources import pattern

    path = tmp_path_factory.mktemp("video") / "tiny.mp4"
    return pattern(path, "testsrc=size=160x120:rate=25:duration=4", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="module")
def hub_site() -> Iterator[Hub]:
    """A Hub on the loopback, one for the module."""
    from hub_server import Hub

    with Hub() as running:
        yield running


@pytest.fixture(scope="module")
def client(hub_site: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A process that talks to the Hub, one for the module."""
    from hub_client import Client

    running = Client(hub_site.environment, tmp_path_factory.mktemp("client"))
    yield running
    running.stop()


@pytest.fixture
def hub(hub_site: Hub) -> Hub:
    """The module's Hub, with nothing on it."""
    for kept in (hub_site.repos, hub_site.storage, hub_site.seen, hub_site.failures):
        kept.clear()
    return hub_site
