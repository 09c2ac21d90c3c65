"""Makes a clip of a video: the first seconds, small, at a constant rate, verified, all or nothing.

::

    probe(source) -> plan_clip -> copy or encode -> verify_clip -> fsync -> target
                                    ^                  |
                                    '-- encode, if a copy is not as planned

A clip is written beside its target under a temporary name (:mod:`.temporary`) and renamed when it
is complete, so a file with the final name is always a verified clip.
"""

from __future__ import annotations

import errno
import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO

from . import ffmpeg
from .commands import copy_command, encode_command
from .length import resolve_ends
from .media import Clip, ClipError, ClipSettings, RemoteVideo, Source
from .mp4_boxes import declare_square_pixels
from .plan import LEAST_RATE, ClipPlan, plan_clip, without_zscale
from .probe import SourceProbe, probe
from .temporary import create_locked, temporary_path
from .verify import MismatchError, UnevenSoundError, VerifiedClip, verify_clip

__all__ = ["Clip", "ClipError", "ClipSettings", "make_clip"]

logger = logging.getLogger(__name__)

MIME_TYPE = "video/mp4"

#: Seconds without output after which ffmpeg counts as hung where the sound changes its format:
#: version 9.0 hangs in 1 % of such runs. Its output grows with every other second of sound.
STALL = 180.0


def make_clip(
    source: Source | str,
    target: Path | str,
    settings: ClipSettings,
    finest: float | None = None,
) -> Clip:
    """Makes a clip of a video's first seconds.

    A source that already complies is copied. One that is merely too long is copied up to the limit,
    or up to the frame before it, if its packets allow. Any other is encoded.

    Args:
        source: a local video file, or one on the loopback
        target: the clip's path; an existing file is replaced when the clip is complete
        settings: how clips are made
        finest: the shortest span that should have a frame, in seconds; the rate of a slow source
            is raised for it

    Returns:
        the clip

    Raises:
        ClipError: if no clip could be made; no temporary file is left
        OSError: if the target's folder cannot be written
    """
    source = Path(source) if isinstance(source, str) else source
    target = Path(target)
    begun = time.perf_counter()
    header = resolve_ends(source, probe(source), settings.longest)
    probed = time.perf_counter()
    job = _Job(source, target, header, plan_clip(header, settings, finest), settings)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        job.lock = create_locked(job.temporary)
        action, verified = job.run()
        size = job.publish()
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(target) from e
        raise
    finally:
        job.clean_up()
    if header.audio_index is not None and not verified.has_audio and not job.warnings:
        job.warnings.append("no sound could be read, so the clip has none")
    made = time.perf_counter() - probed - job.verify_seconds
    took = {"probe": probed - begun, "make": made, "verify": job.verify_seconds}
    return job.clip(action, verified, size, finest, took)


def _disk_full(target: Path) -> ClipError:
    return ClipError("disk-full", f"{target}: the disk of {target.parent} is full; free some space")


class _Job:
    """One clip in progress: its temporary file, its plan so far, and its warnings."""

    def __init__(
        self,
        source: Source,
        target: Path,
        header: SourceProbe,
        plan: ClipPlan,
        settings: ClipSettings,
    ) -> None:
        self.source = source
        self.target = target
        self.header = header
        self.plan = plan
        self.settings = settings
        self.verify_seconds = 0.0
        self.silent = False
        self.warnings: list[str] = []
        self.temporary = temporary_path(target)
        self.lock: IO[bytes] | None = None

    def run(self) -> tuple[str, VerifiedClip]:
        """Makes the clip under its temporary name; returns the action and what was verified."""
        if self.plan.obstacle is None:
            made = self._copy()
            if made is not None:
                return made
        else:
            logger.debug("%s is encoded: %s", self.source, self.plan.obstacle)
        return "encode", self._encode()

    def publish(self) -> int:
        """Moves the clip to its target, durably; returns its size in bytes."""
        self._check_source()
        with self.temporary.open("rb") as f:
            os.fsync(f.fileno())
            size = os.fstat(f.fileno()).st_size
        self.temporary.replace(self.target)
        return size

    def clip(
        self,
        action: str,
        verified: VerifiedClip,
        size: int,
        finest: float | None,
        took: dict[str, float],
    ) -> Clip:
        """Describes the published clip."""
        header, plan = self.header, self.plan
        return Clip(
            path=self.target,
            frame_rate=plan.rate,
            total_frame_count=verified.frames,
            duration=float(verified.frames / plan.rate),
            frame_width=verified.width,
            frame_height=verified.height,
            size_bytes=size,
            mime_type=MIME_TYPE,
            encoding_str=verified.codec_tag,
            has_audio=verified.has_audio,
            action=action,
            source_duration=header.whole_end if plan.held else header.end,
            finest=min(finest or 1, 1 / float(LEAST_RATE)),
            source_seconds={step: round(seconds, 4) for step, seconds in took.items()},
            warnings=header.warnings + plan.warnings + tuple(self.warnings) + verified.warnings,
        )

    def clean_up(self) -> None:
        """Removes the temporary file if it still exists, then releases its lock."""
        if self.lock is not None:
            self.temporary.unlink(missing_ok=True)
            self.lock.close()

    def _copy(self) -> tuple[str, VerifiedClip] | None:
        """Copies the source's packets; returns None if the result is not as planned."""
        available, limit = self.header.frames, self.plan.limit
        whole = available is not None and available <= limit
        frames = limit if available is None else min(available, limit)
        verified = self._try_copy(frames)
        if isinstance(verified, MismatchError):
            logger.debug("%s cannot be copied: %s", self.source, verified)
            if whole or verified.prefix != frames - 1 or not self._reaches(frames - 1):
                return None
            frames -= 1
            verified = self._try_copy(frames)
            if isinstance(verified, MismatchError):
                return None
        shorter = not whole and verified.frames == frames
        return ("cut" if shorter else "copy"), verified

    def _try_copy(self, frames: int) -> VerifiedClip | MismatchError:
        try:
            self._run_with_sound(partial(self._copy_command, frames))
            if self.header.sar != 1:
                declare_square_pixels(self.temporary)
            return self._check(None if self.header.frames is None else frames)
        except UnevenSoundError as e:
            self._plan_sound_anew(e, copied=self.plan.copy_audio)
            return self._try_copy(frames)
        except MismatchError as e:
            return e
        except ValueError as e:
            return MismatchError(str(e))
        except ClipError as e:
            if e.reason != "ffmpeg-failed":
                raise
            return MismatchError(str(e))

    def _plan_sound_anew(self, error: UnevenSoundError, copied: bool) -> None:
        """Plans to encode the sound or, if it was encoded, to allow for changes of its format."""
        logger.debug("the sound of %s is encoded again: %s", self.source, error)
        self.plan = replace(self.plan, copy_audio=False, sound_changes=not copied)

    def _reaches(self, frames: int) -> bool:
        """Returns whether a number of frames ends within one frame of the clip's length."""
        missing = self.settings.longest * self.plan.rate - frames
        return frames > 0 and missing <= 1 + 1e-9

    def _encode(self) -> VerifiedClip:
        try:
            self._run_with_sound(self._encode_command)
        except ClipError as e:
            if e.reason != "ffmpeg-failed" or not self.plan.needs_zscale:
                raise
            logger.debug("%s: retried without converting its colours: %s", self.source, e)
            self.plan = without_zscale(self.plan, "ffmpeg cannot convert them")
            self._run_with_sound(self._encode_command)
        try:
            return self._check(None)
        except UnevenSoundError as e:
            self._plan_sound_anew(e, copied=False)
            return self._encode()
        except MismatchError as e:
            raise ClipError(
                "bad-clip", f"{self.source}: the encoded clip is not as planned: {e}"
            ) from e

    def _copy_command(self, frames: int, sound: bool) -> list[str]:
        paths = self.source, self.temporary
        return copy_command(*paths, self.header, self.plan, self.settings, frames, sound)

    def _encode_command(self, sound: bool) -> list[str]:
        paths = self.source, self.temporary
        return encode_command(*paths, self.header, self.plan, self.settings, sound)

    def _check_source(self) -> None:
        """Raises the error of fetching a remote source: ffmpeg only saw a part of it."""
        if isinstance(self.source, RemoteVideo):
            self.source.check()

    def _check(self, frames: int | None) -> VerifiedClip:
        begun = time.perf_counter()
        try:
            return verify_clip(self.temporary, self.plan, self.settings, self.source, frames)
        finally:
            self.verify_seconds += time.perf_counter() - begun

    def _run_with_sound(self, build: Callable[[bool], list[str]]) -> None:
        """Runs a command; if it fails, runs it again without the sound.

        Args:
            build: builds the command, given whether to include the sound
        """
        has_sound = self.header.audio_index is not None and not self.silent
        error = self._run(build(has_sound))
        if error is None:
            return
        if not has_sound:
            raise error
        logger.debug("%s: retried without the sound: %s", self.source, error)
        second = self._run(build(False))
        if second is not None:
            raise second
        self.silent = True
        self.warnings.append("the sound could not be converted and was left out")

    def _run(self, command: list[str]) -> ClipError | None:
        """Runs a command; returns an error that another command may avoid.

        Raises:
            ClipError: ``disk-full`` or ``timeout``
        """
        # Two runs in a row hardly ever hang.
        stall = STALL if self.plan.sound_changes else math.inf
        result = ffmpeg.run(command, self.settings.timeout, self.temporary, stall)
        if result.stalled:
            logger.debug("%s: retried, as ffmpeg hung", self.source)
            result = ffmpeg.run(command, self.settings.timeout, self.temporary, stall)
        if result.stalled:
            raise ClipError("timeout", f"{self.source}: ffmpeg hung twice, for {STALL:g} s")
        if result.timed_out:
            seconds = self.settings.timeout
            raise ClipError(
                "timeout", f"{self.source}: ffmpeg took longer than the timeout of {seconds:g} s"
            )
        self._check_source()
        if result.returncode == 0:
            return None
        if result.disk_full:
            raise _disk_full(self.target)
        return ClipError(
            "ffmpeg-failed",
            f"{self.source}: ffmpeg ended with {result.returncode}: {result.tail or 'no message'}",
        )
