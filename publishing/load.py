"""Loads a published data set, with what `load_from_hub` itself lacks.

That is: patience with 429 and 5xx, going on after an interruption, the revision asked for (and not
`main` for all but one file), a check of every file against the Hub's listing, and the indexes.
"""

from __future__ import annotations

import glob
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import fiftyone as fo
import fiftyone.core.storage as fos

from ..converters.reading.hub_client import without_xet
from ..converters.reading.hub_names import check_names
from ..converters.reading.remote import check_commit
from ..converters.report import Progress
from ..converters.storing.dataset import begin_dataset, check_name, drop_dataset, finish_dataset
from ..core.keys import INFO_KEY
from ..internals.documents import describe_field
from .bundle import (
    LoadError,
    check_parts,
    check_samples,
    descriptions,
    read_config,
    read_metadata,
)
from .hub import HubRequestError, Patience, check_repo, is_same
from .local_files import check_folder, make_room
from .stage import DATA

logger = logging.getLogger(__name__)

#: The key under ``info["action100m"]`` that says where a data set was loaded from.
LOADED = "loaded_from"
#: Clips that are fetched in one go.
BATCH = 50


@dataclass
class LoadReport:
    """What was loaded.

    Attributes:
        repo: the repository
        commit: the revision, as the Hub names it
        dataset: the data set's name
        folder: where its files are
        videos: how many are in the data set
        fetched: how many clips were fetched
        present: how many were there already
        kept: files of the folder's owner that stood in the way, as they are called now
        repeats: how often the Hub had to be asked again
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
        kept = "".join(f"\n  kept beside what was fetched: {path}" for path in self.kept)
        again = f", asked again {self.repeats:,} times" if self.repeats else ""
        return (
            f"{self.videos:,} videos of {self.repo} at {self.commit[:12]} are in {self.dataset!r}\n"
            f"  {self.fetched:,} clips fetched, {self.present:,} were there already{again}; "
            f"every file was checked\n  in {self.folder}{kept}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as plain values."""
        return asdict(self)


class Load:
    """One load of a repository in FiftyOne's format.

    Args:
        repo: ``owner/name``
        name: the data set's; the published one by default
        revision: a branch, a tag or a commit; ``main`` by default
        max_samples: how many videos, and their clips only
        overwrite: whether to delete a data set of this name first
        token: of the Hub; that of the environment or of its login otherwise
        patience: repeats what the Hub does not answer
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
            raise LoadError(f"{repo!r} names no owner: give OWNER/NAME")
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
        """Loads; says how many clips are there as it goes.

        Raises:
            LoadError: if the repository is malformed or in another format, or the name is taken
            HubRequestError: if the Hub refuses or stays silent, or a file is not what it lists
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

    def _list(self) -> dict[str, Any]:
        from huggingface_hub import HfApi
        from huggingface_hub.hf_api import RepoFile

        api, repo = HfApi(token=self._token), self.report.repo

        def look() -> str:
            return check_commit(api.dataset_info(repo, revision=self._revision).sha)

        def walk() -> list[Any]:
            entries = api.list_repo_tree(
                repo, recursive=True, revision=self.report.commit, repo_type="dataset"
            )
            files = [each for each in entries if isinstance(each, RepoFile)]
            if odd := [f.path for f in files if not isinstance(f.size, int) or f.size < 0]:
                raise ValueError(f"it lists {odd[0]!r} without a size")
            return files

        self.report.commit = self._patience(f"look at {repo}", look)
        files = self._patience(f"list {repo}", walk)
        try:
            check_names(each.path for each in files)
        except ValueError as error:
            raise LoadError(f"{repo} cannot be loaded: {error}") from None
        return {each.path: each for each in files}

    def _folder(self) -> Path:
        """Where `load_from_hub` has it too; another revision beside it, as both have clips."""
        base = Path(fos.normalize_path(fo.config.default_dataset_dir))
        if self._revision in (None, "main"):
            return base / "huggingface" / "hub" / self.report.repo
        return base / "action100m" / "revisions" / self.report.repo / self.report.commit[:12]

    def _open(self, folder: Path, name: str, tree: Mapping[str, Any]) -> fo.Dataset:
        """Imports the data set, or returns the one that an interrupted load has imported."""
        if not name:
            raise LoadError(f"{self.report.repo} names no data set: choose a --name")
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
                f"there is a data set {name!r} already, with {len(dataset)} samples: replace it "
                "(--overwrite) or choose another --name"
            )
        check_samples(self.report.repo, folder, tree)
        dataset = self._import(folder, origin)
        if fo.dataset_exists(name) and self._overwrite:
            fo.delete_dataset(name)
        if not finish_dataset(dataset, name):
            raise LoadError(f"another process made a data set {name!r} meanwhile: run this again")
        return dataset

    def _import(self, folder: Path, origin: dict[str, Any]) -> fo.Dataset:
        """Returns the data set, in the making: what has a name is whole, but for clips."""
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
            said = " ".join(str(error).split())[:300] or type(error).__name__
            raise LoadError(
                f"{self.report.repo} cannot be imported, and nothing was: FiftyOne says: {said}"
            ) from error
        return dataset

    def _fetch_clips(self, folder: Path, tree: Mapping[str, Any]) -> Iterator[Progress]:
        assert self.dataset is not None
        wanted, started = [], time.monotonic()
        for path in dict.fromkeys(self.dataset.values("filepath")):
            inside = (
                Path(path).relative_to(folder).as_posix() if folder in Path(path).parents else ""
            )
            # Any other was put there since: its sample's owner knows why.
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

    def _fetch(self, folder: Path, paths: list[str], tree: Mapping[str, Any]) -> None:
        """Fetches files, and checks them; what is broken is fetched once more."""
        for _ in range(2):
            wanted = [path for path in paths if not is_same(folder / path, tree[path])]
            if not wanted:
                return
            kept = [make_room(folder, path) for path in wanted]
            self.report.kept += [str(path) for path in kept if path is not None]
            self._patience("fetch files", partial(self._download, folder, wanted))
        wrong = [path for path in paths if not is_same(folder / path, tree[path])]
        if wrong:
            raise HubRequestError(f"{len(wrong)} files are not what the Hub lists, e.g. {wrong[0]}")

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
        # FiftyOne's import loses the descriptions of a clip's metadata.
        for name, text in descriptions(metadata.get("sample_fields")):
            field = self.dataset.get_field(name)
            if field is not None and field.description is None:
                describe_field(field, text)
        self.report.repeats = self._patience.repeats

    def _index(self, path: str, unique: bool) -> None:
        assert self.dataset is not None
        try:
            self.dataset.create_index(path, unique=unique)
        except Exception as error:  # MongoDB's: a value twice, arrays beside each other
            logger.warning("No index of %s: %s", path, " ".join(str(error).split())[:200])


def _about(dataset: fo.Dataset) -> dict[str, Any]:
    """Returns what a conversion or a load has noted in a data set."""
    known = (dataset.info or {}).get(INFO_KEY)
    return known if isinstance(known, dict) else {}
