"""Loads a published dataset.

Unlike FiftyOne's ``load_from_hub`` it retries 429 and 5xx, resumes after an interruption, takes all
files from the requested revision, checks every file against the Hub's listing, and restores the
indexes.
"""

from __future__ import annotations

import glob
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import fiftyone.core.storage as fos

from ..converters.reading.hub_client import without_xet
from ..converters.reading.hub_names import check_names
from ..converters.reading.remote import check_commit
from ..converters.report import Progress
from ..converters.storing.dataset import (
    begin_dataset,
    check_name,
    check_unreviewed,
    delete_unreviewed,
    drop_dataset,
    finish_dataset,
)
from ..core.keys import INFO_KEY
from ..core.wording import count
from ..internals.documents import describe_fields
from .bundle import (
    LoadError,
    check_parts,
    check_samples,
    descriptions,
    read_config,
    read_metadata,
)
from .hub import HubRequestError, Patience, check_repo, is_same, list_repo, message_of
from .local_files import check_folder, make_room
from .stage import DATA

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

logger = logging.getLogger(__name__)

#: The key in ``info["action100m"]`` for the origin of a loaded dataset.
LOADED = "loaded_from"
#: Clips per download.
BATCH = 50


@dataclass
class LoadReport:
    """What was loaded.

    Attributes:
        repo: the repository
        commit: the commit that was loaded
        dataset: the dataset's name
        folder: the folder of its files
        videos: the number of its videos
        fetched: the number of clips that were fetched
        present: the number of clips that were already there
        kept: the new paths of renamed files from elsewhere
        repeats: the number of requests that were repeated
    """

    repo: str
    commit: str = ""
    dataset: str = ""
    folder: str = ""
    videos: int = 0
    fetched: int = 0
    present: int = 0
    kept: list[str] = field(default_factory=list)
    repeats: int = 0

    def __str__(self) -> str:
        kept = "".join(f"\n  renamed, as it was not fetched: {path}" for path in self.kept)
        again = f", {count(self.repeats, 'request')} repeated" if self.repeats else ""
        return (
            f"{count(self.videos, 'video')} of {self.repo} at {self.commit[:12]} in "
            f"{self.dataset!r}\n"
            f"  {count(self.fetched, 'clip')} fetched, {self.present:,} already there{again}; "
            f"all files checked\n  in {self.folder}{kept}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as JSON values."""
        return asdict(self)


class Load:
    """One load of a repository in FiftyOne's format.

    Args:
        repo: ``owner/name``
        name: the dataset's name; the published one by default
        revision: a branch, tag or commit; ``main`` by default
        max_samples: loads only this many videos, and their clips
        overwrite: whether to replace a dataset of this name
        token: the Hub's token; by default that of the environment or of ``hf auth login``
        patience: retries requests

    Raises:
        LoadError: if ``max_samples`` is not positive
        ValueError: if ``repo`` is not a repository's name

    Attributes:
        report: what was loaded so far
        dataset: the dataset, None before it is imported
    """

    def __init__(
        self,
        repo: str,
        *,
        name: str | None = None,
        revision: str | None = None,
        max_samples: int | None = None,
        overwrite: bool = False,
        token: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        if "/" not in check_repo(repo):
            raise LoadError(f"{repo!r} has no owner: give OWNER/NAME")
        if max_samples is not None and max_samples < 1:
            raise LoadError(f"max_samples is {max_samples}: give 1 or more")
        self._name = name
        self._revision = revision
        self._max_samples = max_samples
        self._overwrite = overwrite
        self._token = token
        self._patience = patience or Patience()
        self.report = LoadReport(repo)
        self.dataset: fo.Dataset | None = None

    def run(self) -> Iterator[Progress]:
        """Loads the dataset, and yields the number of clips after each download.

        Raises:
            LoadError: if the repository is malformed or has another format, or the name is taken
            HubRequestError: if the Hub refuses or does not answer, or a file differs from its
                listing
            OSError: if a file cannot be written
        """
        tree = self._list()
        check_parts(self.report.repo, tree)
        folder = self._folder()
        self.report.folder = str(folder)
        check_folder(folder, tree)
        others = [path for path in tree if PurePosixPath(path).parts[0] != DATA]
        self._fetch(folder, others, tree)
        config = read_config(self.report.repo, folder)
        metadata = read_metadata(self.report.repo, folder)
        self.dataset = self._open(folder, self._name or config["name"], tree)
        yield from self._fetch_clips(folder, tree)
        self._finish(config, metadata)

    def _list(self) -> dict[str, RepoFile]:
        """Returns the repository's files by their checked path."""
        from huggingface_hub import HfApi

        api, repo = HfApi(token=self._token), self.report.repo

        def find_commit() -> str:
            return check_commit(api.dataset_info(repo, revision=self._revision).sha)

        def list_sized() -> dict[str, RepoFile]:
            files = list_repo(api, repo, self.report.commit)
            for path, each in files.items():
                if not isinstance(each.size, int) or each.size < 0:
                    raise ValueError(f"it lists {path!r} without a size")
            return files

        self.report.commit = self._patience(f"find {repo}", find_commit)
        files = self._patience(f"list {repo}", list_sized)
        try:
            check_names(files)
        except ValueError as error:
            raise LoadError(f"{repo} cannot be loaded: {error}") from None
        return files

    def _folder(self) -> Path:
        """Returns the folder that ``load_from_hub`` uses; one of its own for another revision."""
        base = Path(fos.normalize_path(fo.config.default_dataset_dir))
        if self._revision in (None, "main"):
            return base / "huggingface" / "hub" / self.report.repo
        return base / "action100m" / "revisions" / self.report.repo / self.report.commit[:12]

    def _open(self, folder: Path, name: str, tree: Mapping[str, RepoFile]) -> fo.Dataset:
        """Imports the dataset, or opens the one that an interrupted load has imported."""
        if not name:
            raise LoadError(f"{self.report.repo} does not name its dataset: choose a --name")
        check_name(name)
        self.report.dataset = name
        origin = {
            "repo": self.report.repo,
            "commit": self.report.commit,
            "max_samples": self._max_samples,
        }
        if fo.dataset_exists(name) and not self._overwrite:
            dataset = fo.load_dataset(name)
            if _about(dataset).get(LOADED) == origin:
                return dataset
            raise LoadError(
                f"a dataset {name!r} exists already, with {count(len(dataset), 'sample')}: replace "
                "it (--overwrite) or choose another --name"
            )
        if fo.dataset_exists(name):
            check_unreviewed(name)
        check_samples(self.report.repo, folder, tree)
        dataset = self._import(folder, origin)
        if fo.dataset_exists(name) and self._overwrite:
            delete_unreviewed(name)
        if not finish_dataset(dataset, name):
            raise LoadError(f"another process has made a dataset {name!r}: run this again")
        return dataset

    def _import(self, folder: Path, origin: dict[str, Any]) -> fo.Dataset:
        """Imports the dataset under a temporary name; one with its final name is complete."""
        dataset = begin_dataset()
        name = dataset.name
        try:
            dataset.add_dir(
                dataset_dir=str(folder),
                dataset_type=fo.types.FiftyOneDataset,
                max_samples=self._max_samples,
                progress=False,
            )
            dataset.info[INFO_KEY] = {**_about(dataset), LOADED: origin}
            dataset.save()
            dataset.reload()
            dataset.values("filepath")
        except BaseException as error:
            drop_dataset(name)
            if not isinstance(error, Exception):
                raise
            raise LoadError(
                f"{self.report.repo} cannot be imported, and nothing was: {message_of(error)}"
            ) from error
        return dataset

    def _fetch_clips(self, folder: Path, tree: Mapping[str, RepoFile]) -> Iterator[Progress]:
        assert self.dataset is not None
        wanted, started = [], time.monotonic()
        for path in dict.fromkeys(self.dataset.values("filepath")):
            inside = (
                Path(path).relative_to(folder).as_posix() if folder in Path(path).parents else ""
            )
            # Any other path was set after the import and is kept.
            if inside in tree and not is_same(folder / inside, tree[inside]):
                wanted.append(inside)
        self.report.videos = len(self.dataset)
        self.report.present = total = self.report.videos
        self.report.present -= len(wanted)
        for first in range(0, len(wanted), BATCH):
            batch = wanted[first : first + BATCH]
            self._fetch(folder, batch, tree)
            self.report.fetched += len(batch)
            done = self.report.present + self.report.fetched
            seconds = time.monotonic() - started
            yield Progress(done, total, self.report.fetched, self.report.present, 0, seconds)

    def _fetch(self, folder: Path, paths: list[str], tree: Mapping[str, RepoFile]) -> None:
        """Fetches and checks files; a broken one is fetched once more."""
        for _ in range(2):
            wanted = [path for path in paths if not is_same(folder / path, tree[path])]
            if not wanted:
                return
            kept = [make_room(folder, path) for path in wanted]
            self.report.kept += [str(path) for path in kept if path is not None]
            self._patience("fetch files", partial(self._download, folder, wanted))
        wrong = [path for path in paths if not is_same(folder / path, tree[path])]
        if wrong:
            raise HubRequestError(
                f"{count(len(wrong), 'file')} unlike the Hub's listing, e.g. {wrong[0]}"
            )

    def _download(self, folder: Path, paths: list[str]) -> None:
        from huggingface_hub import snapshot_download

        with without_xet():
            snapshot_download(
                self.report.repo,
                repo_type="dataset",
                revision=self.report.commit,
                local_dir=folder,
                allow_patterns=[glob.escape(path) for path in paths],
                token=self._token,
            )

    def _finish(self, config: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        assert self.dataset is not None
        schema = self.dataset.get_field_schema(flat=True)
        app = self.dataset.app_config
        media = [path for path in config["app_media_fields"] if path in schema]
        app.media_fields = media or app.media_fields
        if config["grid_media_field"] in app.media_fields:
            app.grid_media_field = config["grid_media_field"]
        self.dataset.save()
        known = self.dataset.get_index_information()
        for path, unique in config["indexes"].items():
            if path in schema and path not in known:
                self._index(path, unique)
        # FiftyOne's importer loses the descriptions of the metadata's fields.
        lost = {}
        for name, text in descriptions(metadata.get("sample_fields")):
            field = self.dataset.get_field(name)
            if field is not None and field.description is None:
                lost[name] = text
        describe_fields(self.dataset, lost)
        self.report.repeats = self._patience.repeats

    def _index(self, path: str, unique: bool) -> None:
        assert self.dataset is not None
        try:
            self.dataset.create_index(path, unique=unique)
        except Exception as error:  # MongoDB's: duplicate values, parallel arrays
            logger.warning("No index on %s: %s", path, message_of(error, 200))


def _about(dataset: fo.Dataset) -> dict[str, Any]:
    """Returns the entry of a conversion or a load in a dataset's info."""
    known = (dataset.info or {}).get(INFO_KEY)
    return known if isinstance(known, dict) else {}
