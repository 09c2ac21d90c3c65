"""Pushes a data set to the Hub, with its card, in commits that can be interrupted.

The card comes first and marks the repository as this data set's, the clips follow in batches, and
what makes the repository loadable comes last: a half-pushed data set is never taken for a whole
one. What is there already, by content, is not sent again, so the same command goes on.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import fiftyone as fo

from ..converters.report import Progress
from ..internals.database import dataset_id
from ..views.hierarchy import find_hierarchy
from .card import card_of, mark_of
from .facts import facts_of
from .hub import HubRequestError, Patience, check_repo, is_same
from .licence import Terms, terms_of
from .preview import draw_preview
from .stage import CARD, CONFIG, PREVIEW, Staged, missing_media, stage

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Clips and bytes in a commit, at most.
BATCH_FILES, BATCH_BYTES = 100, 2_000_000_000
_KEPT = (".gitattributes",)


class PublishError(ValueError):
    """A data set that cannot be pushed, or not there."""


@dataclass
class PublishReport:
    """What was pushed.

    Attributes:
        dataset: the data set's name
        repo: the repository, ``owner/name``
        url: its address, empty before there is one
        private: whether only its owner can read it
        videos: how many clips the data set has
        bytes: what all files weigh together
        sent: how many files were sent
        present: how many clips were there already
        removed: how many files were removed that are not in the data set any more
        repeats: how often the Hub had to be asked again
        licence: on what terms
        dry_run: whether nothing was pushed
    """

    dataset: str
    repo: str
    url: str = ""
    private: bool = True
    videos: int = 0
    bytes: int = 0
    sent: int = 0
    present: int = 0
    removed: int = 0
    repeats: int = 0
    licence: str = ""
    dry_run: bool = False

    def __str__(self) -> str:
        who = "private" if self.private else "PUBLIC"
        what = f"{self.videos:,} videos of {self.dataset!r}, {self.bytes / 1e6:,.1f} MB"
        if self.dry_run:
            lines = [f"{what}, would be pushed to the {who} repository {self.repo}"]
        else:
            lines = [
                f"{what}, are in the {who} repository {self.url}",
                f"  {self.sent:,} files sent, {self.present:,} clips were there already",
            ]
            lines += ["  nothing had changed"] * (not self.sent and not self.removed)
            lines += [f"  {self.removed:,} files removed"] * bool(self.removed)
            lines += [f"  asked again {self.repeats:,} times"] * bool(self.repeats)
        return "\n".join([*lines, f"Licence: {self.licence}"])

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as plain values."""
        return asdict(self)


class Publication:
    """One push.

    Args:
        dataset: a whole data set with trees
        repo: the repository, ``name`` or ``owner/name``
        private: whether it is made private; a public one is pushed to only if this is False
        accept_license: whether the licence's notice (:attr:`terms`) was accepted
        overwrite: whether to replace what another data set has put there
        dry_run: whether to push nothing, and ask the Hub nothing
        token: of the Hub; that of the environment or of its login otherwise
        patience: repeats what the Hub does not answer

    Raises:
        NoHierarchyError: if the data set has no trees
        PublishError: if clips are missing, there are no videos, or the licence is not accepted
        ValueError: if the repository's name cannot be one
    """

    def __init__(
        self,
        dataset: fo.Dataset,
        repo: str,
        *,
        private: bool = True,
        accept_license: bool = False,
        overwrite: bool = False,
        dry_run: bool = False,
        token: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        if not isinstance(dataset, fo.Dataset):
            raise PublishError("a view cannot be pushed; clone it into a data set first")
        self._dataset = dataset
        self._overwrite = overwrite
        self._token = token
        self._patience = patience or Patience()
        self.terms: Terms = terms_of(dataset)
        self.report = PublishReport(
            dataset.name,
            check_repo(repo),
            private=private,
            videos=len(dataset),
            licence=self.terms.text,
            dry_run=dry_run,
        )
        find_hierarchy(dataset)
        if not len(dataset):
            raise PublishError(f"{dataset.name!r} has no videos")
        if missing := missing_media(dataset):
            raise PublishError(f"{len(missing):,} clips are missing, e.g. {missing[0]}")
        if self.terms.notice and not (accept_license or dry_run):
            raise PublishError(f"accept the licence first. {self.terms.notice}")

    def run(self) -> Iterator[Progress]:
        """Pushes; says how many clips are there as it goes.

        Raises:
            PublishError: if the repository is another data set's, or public unasked
            HubRequestError: if the Hub refuses or stays silent
        """
        with tempfile.TemporaryDirectory(prefix="action100m-publish-") as name:
            staged = stage(self._dataset, Path(name) / "staged")
            if draw_preview(self._dataset, staged.folder / PREVIEW):
                staged = Staged(staged.folder, staged.media, (*staged.others, PREVIEW))
            if self.report.dry_run:
                self._write_card(staged)
                self.report.bytes = staged.bytes
                return
            self._find_repo()
            staged = self._write_card(staged)
            self.report.bytes = staged.bytes
            yield from self._push(staged)
        self.report.repeats = self._patience.repeats

    def _write_card(self, staged: Staged) -> Staged:
        preview = PREVIEW if PREVIEW in staged.others else None
        identifier = str(dataset_id(self._dataset))
        facts = facts_of(self._dataset)
        text = card_of(facts, self.report.repo, identifier, preview, self.report.private)
        (staged.folder / CARD).write_text(text, encoding="utf-8")
        return Staged(staged.folder, staged.media, (*staged.others, CARD))

    def _find_repo(self) -> None:
        """Makes the repository, or checks that it may be pushed to."""
        from huggingface_hub import HfApi
        from huggingface_hub.errors import RepositoryNotFoundError

        self._api = HfApi(token=self._token)
        if "/" not in self.report.repo:
            me = self._ask("who am I", self._api.whoami)["name"]
            self.report.repo = f"{me}/{self.report.repo}"
        repo = self.report.repo

        def look() -> Any:
            try:
                return self._api.dataset_info(repo)
            except RepositoryNotFoundError:
                return None

        found = self._ask(f"look at {repo}", look)
        if found is None:
            make = partial(
                self._api.create_repo,
                repo,
                repo_type="dataset",
                private=self.report.private,
                exist_ok=True,
            )
            self._ask(f"make {repo}", make)
        elif self.report.private and not found.private:
            raise PublishError(f"{repo} is public: make it private, or allow that (--public)")
        else:
            self.report.private = bool(found.private)
            self._check_ours(found)
        self.report.url = f"{self._api.endpoint}/datasets/{repo}"

    def _check_ours(self, found: Any) -> None:
        there = {each.rfilename for each in found.siblings or ()} - set(_KEPT)
        if not there or self._overwrite:
            return
        mark = None
        if CARD in there:
            read = partial(self._api.hf_hub_download, self.report.repo, CARD, repo_type="dataset")
            mark = mark_of(
                Path(self._ask("read the card", read)).read_text("utf-8", errors="replace")
            )
        if mark != str(dataset_id(self._dataset)):
            raise PublishError(
                f"{self.report.repo} holds {len(there)} files that are not of this data set: "
                "replace them (--overwrite) or choose another repository"
            )

    def _push(self, staged: Staged) -> Iterator[Progress]:
        started, total, done = time.monotonic(), len(staged.media), 0
        there = self._there()
        if CARD not in there or CONFIG not in there:
            self._commit("Say what is coming", staged, [CARD])
            there = self._there()
        for batch in _batches(staged):
            wanted = _changed(staged, batch, there)
            if wanted:
                self._commit(f"Add {len(wanted)} clips", staged, wanted)
            self.report.sent += len(wanted)
            self.report.present += len(batch) - len(wanted)
            done += len(batch)
            skipped, seconds = self.report.present, time.monotonic() - started
            yield Progress(done, total, self.report.sent, skipped, 0, seconds)
        stale = sorted(set(there) - {*staged.media, *staged.others, *_KEPT})
        others = _changed(staged, staged.others, there)
        if others or stale:
            self._commit(f"Add {self.report.videos} videos' annotations", staged, others, stale)
        self.report.sent += len(others)
        self.report.removed = len(stale)
        self._verify(staged)

    def _there(self) -> dict[str, Any]:
        from huggingface_hub.hf_api import RepoFile

        def look() -> dict[str, Any]:
            tree = self._api.list_repo_tree(self.report.repo, recursive=True, repo_type="dataset")
            return {each.path: each for each in tree if isinstance(each, RepoFile)}

        return self._ask("list what is there", look)

    def _commit(
        self, message: str, staged: Staged, paths: Any, stale: list[str] | None = None
    ) -> None:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        def commit() -> None:
            # Anew for each try: an operation cannot be used twice.
            added = [CommitOperationAdd(p, str((staged.folder / p).resolve())) for p in paths]
            gone = [CommitOperationDelete(p, is_folder=False) for p in stale or ()]
            self._api.create_commit(
                self.report.repo, [*added, *gone], commit_message=message, repo_type="dataset"
            )

        self._ask(message, commit)

    def _verify(self, staged: Staged) -> None:
        there = self._there()
        for path in (*staged.media, *staged.others):
            size = (staged.folder / path).stat().st_size
            if path not in there or there[path].size != size:
                raise HubRequestError(f"{path} did not arrive whole: push again")

    def _ask(self, what: str, ask: Callable[[], T]) -> T:
        return self._patience(what, ask)


def _batches(staged: Staged) -> Iterator[list[str]]:
    batch: list[str] = []
    weight = 0
    for path in staged.media:
        size = (staged.folder / path).stat().st_size
        if batch and (len(batch) >= BATCH_FILES or weight + size > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(path)
        weight += size
    if batch:
        yield batch


def _changed(staged: Staged, paths: Sequence[str], there: Mapping[str, Any]) -> list[str]:
    """Returns the files that the repository lacks, or has with another content."""
    return [p for p in paths if p not in there or not is_same(staged.folder / p, there[p])]
