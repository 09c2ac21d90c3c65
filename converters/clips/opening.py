"""Opens media files without access to other files, and explains why others cannot be opened."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.format import Flags
from av.video.codeccontext import VideoCodecContext

from .media import CONTAINERS, ClipError, RemoteVideo, Source, input_options, url

#: The flag of containers whose clock may jump: MPEG's and Ogg.
_MAY_JUMP: int = Flags.ts_discont.value  # type: ignore[assignment]


def open_media(path: Source) -> InputContainer:
    """Opens a media file; no other file or address can be reached through it.

    Args:
        path: the source

    Raises:
        av.error.FFmpegError: if libav cannot open it, or its format is none of
            :data:`~.media.CONTAINERS`
    """
    options = input_options(path)
    container = av.open(url(path), metadata_errors="replace", container_options=options)
    if container.format.name.split(",")[0] not in CONTAINERS:
        container.close()
        raise av.error.ArgumentError(errno.EINVAL, "the format is not allowed", str(path))
    return container


def check_file(path: Path) -> int:
    """Checks that a local source is a non-empty file; returns its size in bytes.

    Raises:
        ClipError: ``missing-file``, ``empty-file``, ``not-a-video`` or ``unreadable``
    """
    try:
        info = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ClipError("missing-file", f"{path}: there is no such file") from None
    except OSError as e:
        raise ClipError("unreadable", f"{path}: {e.strerror}") from e
    if not stat.S_ISREG(info.st_mode):
        raise ClipError("not-a-video", f"{path}: not a regular file")
    if info.st_size == 0:
        raise ClipError("empty-file", f"{path}: the file is empty; get it again")
    return info.st_size


def explain_refusal(path: Source, error: av.error.FFmpegError) -> ClipError:
    """Returns why libav cannot open a file, by the file's first bytes."""
    if isinstance(error, OSError):
        return ClipError("unreadable", f"{path}: {error.strerror}")
    try:
        head = path.head() if isinstance(path, RemoteVideo) else _first_bytes(path)
    except OSError as e:
        return ClipError("unreadable", f"{path}: {e.strerror}")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"#extm3u", b"ffconcat", b"[playlist]", b"v=0")) or b"<mpd" in text:
        what = "a playlist of other files; give a video file itself"
    elif text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        what = "a web page, not a video; get it again"
    elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return ClipError(
            "truncated-source",
            f"{path}: the mp4 file has no index, as after an incomplete download; get it again",
        )
    elif head.startswith((b"\x1aE\xdf\xa3", b"RIFF", b"FLV", b"OggS", b"0&\xb2u")):
        return ClipError("unreadable", f"{path}: the file is damaged ({error.strerror})")
    else:
        what = f"not a video file in a supported container ({error.strerror})"
    return ClipError("not-a-video", f"{path}: {what}")


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as f:
        return f.read(512)


def may_jump(container: InputContainer) -> bool:
    """Returns whether a container's clock may jump, as in MPEG streams and Ogg."""
    return bool(container.format.flags & _MAY_JUMP)


def pixel_format(codec: VideoCodecContext) -> str | None:
    """Returns the name of a stream's pixel format, None if it is unknown.

    PyAV's ``pix_fmt`` crashes on an unknown one before version 18.
    """
    return codec.format.name if codec.format else None
