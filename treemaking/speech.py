"""Transcribes videos without subtitles: one call per five minutes of sound, each kept."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from concurrent.futures import Future, wait
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from ..converters.clips.samples import read_sound
from ..core.option_error import OptionError
from ..core.speech import Speech, TranscriptColumns, read_transcript
from .calls import CallError, Calls
from .caption_counts import CallCounts
from .caption_journal import CaptionJournal
from .features import digest_of_file
from .transcribers import RATE, SpeechService, Transcriber, read_said, wav

#: The version of the transcripts: increased when earlier ones can no longer be used.
FORMAT = 1

#: The seconds of sound per call: 9.6 MB.
PIECE = 300.0


class Transcription:
    """The stage that transcribes speech.

    Args:
        transcriber: ``http://host/v1#MODEL``, or a custom :class:`.transcribers.Transcriber`
        requests: the most concurrent calls
        seconds: the timeout of a call
        folder: the folder of the journals; created with the first answer

    Attributes:
        counts: the calls so far

    Raises:
        OptionError: if the address cannot be used
    """

    def __init__(
        self, transcriber: str | Transcriber, requests: int, seconds: float, folder: Path
    ) -> None:
        self.folder, self._requests = folder, requests
        try:
            self.transcriber = (
                SpeechService.open(transcriber, requests, seconds)
                if isinstance(transcriber, str)
                else transcriber
            )
        except CallError as error:
            raise OptionError("speech", str(error)) from None
        self.counts = CallCounts("piece", " of speech")
        self._calls = Calls("transcriber", requests, self.counts)

    def of(self, video: Path) -> tuple[tuple[Speech, ...], bool]:
        """Returns the transcript, and whether a call has failed, so that another run may find more.

        Args:
            video: the video

        Raises:
            ClipError: if the sound cannot be decoded
            ModelDown: if the transcriber fails at every call
            OSError: if an answer cannot be written
        """
        with CaptionJournal(self.folder / f"{digest_of_file(video)[:32]}.jsonl") as journal:
            pieces = journal.get(self._key("pieces"))
            kept = [journal.get(self._key(n)) for n in range(int(pieces or 0))]
            found: dict[int, str | CallError] = {n: text for n, text in enumerate(kept) if text}
            if pieces is None or len(found) < len(kept):
                found = self._ask(video, journal)
            else:
                self.counts.plan(len(found), len(found))
        said = [
            (n * PIECE + start, text)
            for n, answer in sorted(found.items())
            if isinstance(answer, str)
            for start, text in json.loads(answer)
        ]
        columns = TranscriptColumns([start for start, _ in said], [text for _, text in said])
        failed = [answer for answer in found.values() if isinstance(answer, CallError)]
        return read_transcript(columns, Counter()), any(e.reason != "refused" for e in failed)

    def stop(self) -> None:
        """Makes no more calls; those in flight finish and are kept."""
        self._calls.stop()

    def close(self) -> None:
        """Ends the threads."""
        self._calls.close()

    def manifest(self) -> dict[str, Any]:
        """Describes the speech model as JSON values."""
        return {
            "transcriber": self.transcriber.name,
            "digest": self.transcriber.digest,
            "seconds": PIECE,
        }

    def _ask(self, video: Path, journal: CaptionJournal) -> dict[int, str | CallError]:
        """Makes the missing calls while the sound is decoded."""

        def ask(n: int, samples: bytes) -> str | CallError:
            answer = self._calls.ask(partial(self._answer, samples))
            if not isinstance(answer, CallError):
                start, length = n * PIECE, len(samples) / 2 / RATE
                journal.add(self._key(n), "speech", start, start + length, answer)
                self.counts.answer(0)
            return answer

        found: dict[int, str | CallError] = {}
        pieces = asked = 0
        pending: deque[tuple[int, Future[str | CallError]]] = deque()
        try:
            with closing(read_sound(video, RATE, PIECE)) as sound:
                for n, samples in enumerate(sound):
                    pieces, kept = n + 1, journal.get(self._key(n))
                    if kept is not None:
                        found[n] = kept
                        continue
                    asked += 1
                    pending.append((n, self._calls.pool.submit(ask, n, samples)))
                    while len(pending) > self._requests:
                        first, future = pending.popleft()
                        found[first] = future.result()
            self.counts.plan(pieces, pieces - asked)
            journal.add(self._key("pieces"), "pieces", 0.0, pieces * PIECE, str(pieces))
            found.update({n: future.result() for n, future in pending})
        finally:
            wait([future for _, future in pending if not future.cancel()])
        return found

    def _answer(self, samples: bytes) -> str:
        said = self.transcriber.transcribe(wav(samples))
        return json.dumps(read_said(said, len(samples) / 2 / RATE), ensure_ascii=False)

    def _key(self, what: int | str) -> str:
        """Returns a digest of everything that an answer depends on, apart from the sound."""
        of = f"{FORMAT} {self.transcriber.digest} {PIECE} {what}"
        return hashlib.sha256(of.encode()).hexdigest()[:32]
