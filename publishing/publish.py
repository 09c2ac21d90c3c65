"""Pushes a dataset to the Hub, with its card, in commits that can be interrupted.

The card comes first and marks the repository as this dataset's. The clips follow in batches. The
files that make the repository loadable come last, so that a partial push is never loaded. Files
that the repository already has, by hash, are not sent, so the same command resumes.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fiftyone as fo

from ..converters.report import Progress
from ..core.wording import count, one_line
from ..internals.database import dataset_id
from ..views.review_progress import reviewers
from .card import card_of, mark_of
from .facts import facts_of
from .hub import HubRequestError, Patience, check_repo, is_same, list_repo
from .licence import Terms, terms_of
from .preview import draw_preview
from .stage import CARD, CONFIG, PREVIEW, Staged, missing_media, stage

if TYPE_CHECKING:
    from huggingface_hub.hf_api import DatasetInfo, RepoFile

logger = logging.getLogger(__name__)

#: The most clips, and bytes, per commit.
BATCH_FILES, BATCH_BYTES = 100, 2_000_000_000
_KEPT = (".gitattributes",)


class PublishError(ValueError):
    """A dataset cannot be pushed, or not to this repository."""


@dataclass
class PublishReport:
    """What was pushed.

    Attributes:
        dataset: the dataset's name
        repo: the repository, ``owner/name``
        url: its address, empty before the push
        private: whether the repository is private
        videos: the number of videos
        bytes: the size of all files together
        sent: the number of files that were sent
        present: the number of clips that were already there
        removed: the number of files removed because the dataset no longer has them
        repeats: the number of requests that were repeated
        licence: the dataset's terms, in one line
        reviewers: the names of the reviewers of its segments, which are pushed with them
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
    reviewers: list[str] = field(default_factory=list)
    dry_run: bool = False

    def __str__(self) -> str:
        kind = "private" if self.private else "PUBLIC"
        videos = f"{count(self.videos, 'video')} of {self.dataset!r} ({self.bytes / 1e6:,.1f} MB)"
        if self.dry_run:
            lines = [f"{videos} would be pushed to the {kind} repository {self.repo}"]
        else:
            sent = f"{count(self.sent, 'file')} sent, {count(self.present, 'clip')} already there"
            lines = [f"{videos} pushed to the {kind} repository {self.url}", f"  {sent}"]
            if not self.sent and not self.removed:
                lines.append("  nothing had changed")
            if self.removed:
                lines.append(f"  {count(self.removed, 'file')} removed")
            if self.repeats:
                lines.append(f"  {count(self.repeats, 'request')} repeated")
        if self.reviewers:
            names = ", ".join(map(one_line, self.reviewers[:5]))
            names += ", …" if len(self.reviewers) > 5 else ""
            lines.append(
                f"  with the reviews and names of {count(len(self.reviewers), 'reviewer')}: {names}"
            )
        return "\n".join([*lines, f"Licence: {self.licence}"])

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as JSON values."""
        return asdict(self)


class Publication:
    """One push.

    Args:
        dataset: a dataset with trees, not a view
        repo: the repository, ``name`` or ``owner/name``
        private: whether it is made private; a public one is pushed to only if this is False
        accept_license: whether the licence's notice (:attr:`terms`) was accepted
        license: the identifier of the licence of annotations of the user's own videos, such as
            ``cc-by-4.0``; None if not stated
        overwrite: whether to replace the files of another dataset in the repository
        dry_run: whether to push nothing, without a request to the Hub
        token: the Hub's token; by default that of the environment or of ``hf auth login``
        patience: retries requests

    Raises:
        NoHierarchyError: if the dataset has no trees
        PublishError: if clips are missing, there are no videos, the licence is not accepted, or
            none is stated for a public repository
        ValueError: if ``repo`` is not a repository's name, or ``license`` cannot be used

    Attributes:
        terms: the dataset's licence
        report: what was pushed so far
    """

    def __init__(
        self,
        dataset: fo.Dataset,
        repo: str,
        *,
        private: bool = True,
        accept_license: bool = False,
        license: str | None = None,
        overwrite: bool = False,
        dry_run: bool = False,
        token: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        if not isinstance(dataset, fo.Dataset):
            raise PublishError("a view cannot be pushed: clone it into a dataset first")
        self._dataset = dataset
        self._overwrite = overwrite
        self._token = token
        self._patience = patience or Patience()
        self.terms: Terms = terms_of(dataset, license)
        self.report = PublishReport(
            dataset.name,
            check_repo(repo),
            private=private,
            videos=len(dataset),
            licence=self.terms.text,
            dry_run=dry_run,
        )
        self.report.reviewers = reviewers(dataset)
        if not len(dataset):
            raise PublishError(f"{dataset.name!r} has no videos")
        if missing := missing_media(dataset):
            raise PublishError(f"{count(len(missing), 'clip')} missing, e.g. {missing[0]}")
        if self.terms.notice and not (accept_license or dry_run):
            raise PublishError(f"accept the licence first. {self.terms.notice}")
        if self.terms.is_open and not private:
            raise PublishError(
                "state the licence of the annotations (--license cc-by-4.0, for example) before "
                "everybody can read them: Action100M's is not theirs"
            )

    def run(self) -> Iterator[Progress]:
        """Pushes the dataset, and yields the number of clips after each commit.

        Raises:
            PublishError: if the repository holds something else, or is public and ``private`` is
                True
            HubRequestError: if the Hub refuses or does not answer
        """
        with tempfile.TemporaryDirectory(prefix="action100m-publish-") as name:
            staged = stage(self._dataset, Path(name) / "staged", self.terms)
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
        facts = facts_of(self._dataset, self.terms)
        text = card_of(facts, self.report.repo, identifier, preview, self.report.private)
        (staged.folder / CARD).write_text(text, encoding="utf-8")
        return Staged(staged.folder, staged.media, (*staged.others, CARD))

    def _find_repo(self) -> None:
        """Creates the repository, or checks that it may be pushed to."""
        from huggingface_hub import HfApi
        from huggingface_hub.errors import RepositoryNotFoundError

        self._api = HfApi(token=self._token)
        if "/" not in self.report.repo:
            me = self._patience("ask for the account's name", self._api.whoami)["name"]
            self.report.repo = f"{me}/{self.report.repo}"
        repo = self.report.repo

        def look() -> DatasetInfo | None:
            try:
                return self._api.dataset_info(repo)
            except RepositoryNotFoundError:
                return None

        found = self._patience(f"find {repo}", look)
        if found is None:
            make = partial(
                self._api.create_repo,
                repo,
                repo_type="dataset",
                private=self.report.private,
                exist_ok=True,
            )
            self._patience(f"create {repo}", make)
        elif self.report.private and not found.private:
            raise PublishError(f"{repo} is public: make it private, or allow this (--public)")
        else:
            self.report.private = bool(found.private)
            self._check_ours(found)
        self.report.url = f"{self._api.endpoint}/datasets/{repo}"

    def _check_ours(self, found: DatasetInfo) -> None:
        """Checks that the repository is empty or holds this dataset, unless it is overwritten."""
        there = {each.rfilename for each in found.siblings or ()} - set(_KEPT)
        if not there or self._overwrite:
            return
        mark = None
        if CARD in there:
            read = partial(self._api.hf_hub_download, self.report.repo, CARD, repo_type="dataset")
            card = Path(self._patience("read the card", read))
            mark = mark_of(card.read_text("utf-8", errors="replace"))
        if mark != str(dataset_id(self._dataset)):
            raise PublishError(
                f"{self.report.repo} holds {count(len(there), 'file')} of something else: replace "
                "them (--overwrite) or choose another repository"
            )

    def _push(self, staged: Staged) -> Iterator[Progress]:
        started, total, done = time.monotonic(), len(staged.media), 0
        there = self._there()
        if CARD not in there or CONFIG not in there:
            self._commit("Add the card", staged, [CARD])
            there = self._there()
        for batch in _batches(staged):
            wanted = _changed(staged, batch, there)
            if wanted:
                self._commit(f"Add {count(len(wanted), 'clip')}", staged, wanted)
            self.report.sent += len(wanted)
            self.report.present += len(batch) - len(wanted)
            done += len(batch)
            skipped, seconds = self.report.present, time.monotonic() - started
            yield Progress(done, total, self.report.sent, skipped, 0, seconds)
        stale = sorted(set(there) - {*staged.media, *staged.others, *_KEPT})
        others = _changed(staged, staged.others, there)
        if others or stale:
            annotations = f"Add the annotations of {count(self.report.videos, 'video')}"
            self._commit(annotations, staged, others, stale)
        self.report.sent += len(others)
        self.report.removed = len(stale)
        self._verify(staged)

    def _there(self) -> dict[str, RepoFile]:
        repo = self.report.repo
        return self._patience(f"list {repo}", partial(list_repo, self._api, repo))

    def _commit(
        self, message: str, staged: Staged, paths: Sequence[str], stale: Sequence[str] = ()
    ) -> None:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        def commit() -> None:
            # An operation cannot be reused after a failed attempt.
            added = [CommitOperationAdd(p, str((staged.folder / p).resolve())) for p in paths]
            gone = [CommitOperationDelete(p, is_folder=False) for p in stale]
            self._api.create_commit(
                self.report.repo, [*added, *gone], commit_message=message, repo_type="dataset"
            )

        self._patience(message, commit)

    def _verify(self, staged: Staged) -> None:
        there = self._there()
        for path in (*staged.media, *staged.others):
            size = (staged.folder / path).stat().st_size
            if path not in there or there[path].size != size:
                raise HubRequestError(f"{path} is incomplete on the Hub: push again")


def _batches(staged: Staged) -> Iterator[list[str]]:
    batch: list[str] = []
    size_of_batch = 0
    for path in staged.media:
        size = (staged.folder / path).stat().st_size
        if batch and (len(batch) >= BATCH_FILES or size_of_batch + size > BATCH_BYTES):
            yield batch
            batch, size_of_batch = [], 0
        batch.append(path)
        size_of_batch += size
    if batch:
        yield batch


def _changed(staged: Staged, paths: Sequence[str], there: Mapping[str, RepoFile]) -> list[str]:
    """Returns the files that are missing in the repository or differ there."""
    return [p for p in paths if p not in there or not is_same(staged.folder / p, there[p])]
