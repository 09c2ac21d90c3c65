"""Loads a published data set, with what `load_from_hub` itself lacks.

That is: patience with 429 and 5xx, going on after an interruption, the revision asked for (and not
`main` for all but one file), a check of every file against the Hub's listing, and the indexes.
"""

from __future__ import annotations

import glob
import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import fiftyone as fo
import yaml

from ..converters.report import Progress
from ..converters.storing.dataset import INFO_KEY, check_name
from .hub import HubError, Patience, check_repo
from .stage import CONFIG, DATA, METADATA, OURS

logger = logging.getLogger(__name__)

#: The key under ``info["action100m"]`` that says where a data set was loaded from.
LOADED = "loaded_from"
#: Clips that are fetched in one go.
BATCH = 50


class LoadError(ValueError):
    """A repository that cannot be loaded, or a name that is taken."""


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
        repeats: how often the Hub had to be asked again
    """

    repo: str
    commit: str = ""
    dataset: str = ""
    folder: str = ""
    videos: int = 0
    fetched: int = 0
    present: int = 0
    repeats: int = 0

    def __str__(self) -> str:
        again = f", asked again {self.repeats:,} times" if self.repeats else ""
        return (
            f"{self.videos:,} videos of {self.repo} at {self.commit[:12]} are in {self.dataset!r}\n"
            f"  {self.fetched:,} clips fetched, {self.present:,} were there already{again}; "
            f"every file was checked\n  in {self.folder}"
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
            LoadError: if the repository is in another format, or the name is taken
            HubError: if the Hub refuses or stays silent, or a file is not what it lists
        """
        tree = self._list()
        if CONFIG not in tree:
            raise LoadError(f"{self.report.repo} has no {CONFIG}: it is not in FiftyOne's format")
        folder = self._folder()
        self.report.folder = str(folder)
        others = [path for path in tree if PurePosixPath(path).parts[0] != DATA]
        self._fetch(folder, others, tree)
        config = self._config(folder)
        self.dataset = self._open(folder, str(self._name or config.get("name") or ""))
        yield from self._fetch_clips(folder, tree)
        self._finish(config)

    def _list(self) -> dict[str, Any]:
        from huggingface_hub import HfApi
        from huggingface_hub.hf_api import RepoFile

        api, repo = HfApi(token=self._token), self.report.repo
        look = partial(api.dataset_info, repo, revision=self._revision)
        self.report.commit = str(self._patience(f"look at {repo}", look).sha)

        def walk() -> dict[str, Any]:
            entries = api.list_repo_tree(
                repo, recursive=True, revision=self.report.commit, repo_type="dataset"
            )
            return {each.path: each for each in entries if isinstance(each, RepoFile)}

        return self._patience(f"list {repo}", walk)

    def _folder(self) -> Path:
        """Where `load_from_hub` has it too; another revision beside it, as both have clips."""
        base = Path(fo.config.default_dataset_dir)
        if self._revision in (None, "main"):
            return base / "huggingface" / "hub" / self.report.repo
        return base / "action100m" / "revisions" / self.report.repo / self.report.commit[:12]

    def _config(self, folder: Path) -> dict[str, Any]:
        config = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
        if not isinstance(config, dict) or config.get("format") != "FiftyOneDataset":
            raise LoadError(f"{self.report.repo} is of another format: use load_from_hub")
        return config

    def _open(self, folder: Path, name: str) -> fo.Dataset:
        """Imports the data set, or returns the one that an interrupted load has imported."""
        check_name(name)
        self.report.dataset = name
        origin = {
            "repo": self.report.repo,
            "commit": self.report.commit,
            "max_samples": self._max_samples,
        }
        if fo.dataset_exists(name) and self._overwrite:
            fo.delete_dataset(name)
        if fo.dataset_exists(name):
            dataset = fo.load_dataset(name)
            if (dataset.info.get(INFO_KEY) or {}).get(LOADED) == origin:
                return dataset
            raise LoadError(
                f"there is a data set {name!r} already, with {len(dataset)} samples: replace it "
                "(--overwrite) or choose another --name"
            )
        dataset = fo.Dataset.from_dir(
            dataset_dir=str(folder),
            dataset_type=fo.types.FiftyOneDataset,
            name=name,
            max_samples=self._max_samples,
            progress=False,
        )
        # Last: what has this is whole, but for clips.
        dataset.info[INFO_KEY] = {**(dataset.info.get(INFO_KEY) or {}), LOADED: origin}
        dataset.persistent = True
        dataset.save()
        return dataset

    def _fetch_clips(self, folder: Path, tree: Mapping[str, Any]) -> Iterator[Progress]:
        assert self.dataset is not None
        wanted, started = [], time.monotonic()
        for path in dict.fromkeys(self.dataset.values("filepath")):
            inside = (
                Path(path).relative_to(folder).as_posix() if folder in Path(path).parents else path
            )
            if inside not in tree:
                raise LoadError(f"{self.report.repo} lists no {inside}, which a sample names")
            if not _is_whole(folder / inside, tree[inside]):
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
            wanted = [path for path in paths if not _is_whole(folder / path, tree[path])]
            if not wanted:
                return
            for path in wanted:
                (folder / path).unlink(missing_ok=True)
            self._patience("fetch files", partial(self._download, folder, wanted))
        wrong = [path for path in paths if not _is_whole(folder / path, tree[path])]
        if wrong:
            raise HubError(f"{len(wrong)} files are not what the Hub lists, e.g. {wrong[0]}")

    def _download(self, folder: Path, paths: list[str]) -> None:
        from huggingface_hub import snapshot_download

        snapshot_download(
            self.report.repo,
            repo_type="dataset",
            revision=self.report.commit,
            local_dir=folder,
            allow_patterns=[glob.escape(path) for path in paths],
            token=self._token,
        )

    def _finish(self, config: Mapping[str, Any]) -> None:
        assert self.dataset is not None
        app = self.dataset.app_config
        app.media_fields = config.get("app_media_fields") or app.media_fields
        app.grid_media_field = config.get("grid_media_field") or app.grid_media_field
        self.dataset.save()
        known = self.dataset.get_index_information()
        schema = self.dataset.get_field_schema(flat=True)
        for path, unique in ((config.get(OURS) or {}).get("indexes") or {}).items():
            if path in schema and path not in known:
                self.dataset.create_index(path, unique=bool(unique))
        self._describe(Path(self.report.folder))
        self.report.repeats = self._patience.repeats

    def _describe(self, folder: Path) -> None:
        """Puts back the descriptions of a clip's metadata, which FiftyOne's import loses."""
        assert self.dataset is not None
        published = json.loads((folder / METADATA).read_text(encoding="utf-8"))
        for name, text in _descriptions(published.get("sample_fields") or ()):
            field = self.dataset.get_field(name)
            if field is not None and field.description is None:
                field.description = text
                field.save(_enforce_read_only=False)


def _descriptions(declared: Any, above: str = "") -> Iterator[tuple[str, str]]:
    for each in declared:
        path = f"{above}{each['name']}"
        if path.split(".")[0] != "metadata":
            continue
        if each.get("description"):
            yield path, each["description"]
        yield from _descriptions(each.get("fields") or (), f"{path}.")


def _is_whole(path: Path, listed: Any) -> bool:
    """Whether a file is what the Hub lists: its size, and its hash by SHA-256 or git's."""
    if not path.is_file() or path.stat().st_size != listed.size:
        return False
    if listed.lfs is not None:
        digest, wanted = hashlib.sha256(), listed.lfs.sha256
    else:
        digest, wanted = hashlib.sha1(usedforsecurity=False), listed.blob_id
        digest.update(f"blob {listed.size}\0".encode())
    with path.open("rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return bool(digest.hexdigest() == wanted)
