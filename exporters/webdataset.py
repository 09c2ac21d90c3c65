"""WebDataset: tar shards of clips with their captions.

A video is two members of one shard, ``NAME.mp4`` and ``NAME.json``. A node without a caption is
left out.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any, BinaryIO

from ..core import fields
from .video import LeftOut, Video
from .writer import ShardWriter

#: A shard ends with the video that reaches this size, in bytes.
SHARD_BYTES = 2**30

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def caption_values(video: Video, chosen: tuple[str, ...]) -> dict[str, Any]:
    """Returns a video's JSON; times are seconds of the clip, cut at its end."""
    captions = {
        name: [
            {
                fields.NODE_ID: node.node_id,
                fields.PARENT_ID: node.parent_id,
                fields.LEVEL: node.level,
                fields.START: video.in_clip(node)[0],
                fields.END: video.in_clip(node)[1],
                "caption": text,
                **video.review(name, node),
                **video.repeat(name, node),
            }
            for node, text in video.captions(name)
        ]
        for name in chosen
    }
    speech = [{"start": s.start, "end": s.end, "text": s.text} for s in video.speech or ()]
    return {
        fields.VIDEO_UID: video.uid,
        fields.TITLE: video.info.get(fields.TITLE) or "",
        "duration": video.clip_end,
        "captions": captions,
        fields.TRANSCRIPT: speech,
    }


class WebDataset(ShardWriter):
    """Tar shards ``shard-NNNNNN.tar`` of at most 1,000 videos and about 1 GB."""

    names = r"shard-\d+\.tar"
    shard_name = "shard-{:06d}.tar"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self.file: tarfile.TarFile | None = None
        self._bytes = 0

    def check(self, video: Video) -> None:
        """Checks for captions and the clip."""
        super().check(video)
        if not video.filepath or not Path(video.filepath).is_file():
            raise LeftOut("no-clip", f"{video.filepath or 'its clip'} is missing")

    def write(self, video: Video) -> None:
        """Adds the clip and its captions to the current shard."""
        if self.file is None:
            self._bytes = 0
            self.file = tarfile.open(  # noqa: SIM115 - closed when the shard ends
                self.path(self.shards), "w", format=tarfile.PAX_FORMAT
            )
        clip = Path(video.filepath)
        suffix = clip.suffix.lower()
        if not _SUFFIX.fullmatch(suffix) or suffix == ".json":
            suffix = ".mp4"
        text = json.dumps(
            caption_values(video, self.chosen), ensure_ascii=False, allow_nan=False, default=str
        ).encode()
        self._add(f"{video.name}.json", io.BytesIO(text), len(text))
        with clip.open("rb") as file:
            self._add(video.name + suffix, file, clip.stat().st_size)
        self.videos += 1
        if self.videos >= self.shard_videos or self._bytes >= SHARD_BYTES:
            self.end_shard()

    def _add(self, name: str, file: BinaryIO, size: int) -> None:
        assert self.file is not None
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o644
        self.file.addfile(member, file)
        self._bytes += size
