"""Captions segments with the text on their frames, read by RapidOCR, whose wheel has its models.

The caption of a segment is the largest text on a few of its pictures: titles and captions that are
part of the video, as in demonstrations. Smaller text, and numbers such as those of a clock, are
ignored.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..converters.clips.samples import Frames
from ..core.machine import cores
from .captioners import CaptionError

#: Installs RapidOCR without its dependencies, because ``opencv-python`` would overwrite the OpenCV
#: that FiftyOne brings, and on any Python, because it runs on 3.13 too.
INSTALL = (
    "pip install pyclipper shapely && "
    "pip install --no-deps --ignore-requires-python rapidocr-onnxruntime==1.4.4"
)

#: The caption of a segment without text.
NO_TEXT = "(no text)"

#: The longer side of a picture in which text is detected, in pixels.
SIDE = 640

#: The least height of a line, as a share of the highest on the picture, to count as largest text.
_LARGE = 0.75

#: The margins around a line's box, as shares of its height: at its ends, above and below. RapidOCR
#: loses blanks between words in tight crops.
_MARGINS = 0.1, 0.3

#: The least confidence of a line, from 0 to 1.
_SURE = 0.5

#: One more picture is read per this many, up to this many in all.
_EACH, _MOST = 16, 3

#: The number of pictures whose text is cached: several captions use the same pictures.
_KEPT = 256

#: The version of the results: increased when they change.
_FORMAT = 1

_Boxes = npt.NDArray[np.float32]


class OcrCaptioner:
    """Reads the largest text on a segment's pictures; ignores the prompt.

    It reads the middle picture; from 16 pictures on two, from 32 on three. Each picture is read
    once, on one core, and one picture per core at a time.

    Raises:
        CaptionError: with reason ``missing``, if RapidOCR is not installed
    """

    name = "ocr"

    def __init__(self) -> None:
        try:
            import rapidocr_onnxruntime  # noqa: F401

            version = importlib.metadata.version("rapidocr-onnxruntime")
        except ImportError as error:
            raise CaptionError(
                "missing", f"reading text on frames needs RapidOCR ({error}): run {INSTALL}"
            ) from None
        what = f"ocr {_FORMAT} {version} {SIDE} {_LARGE} {_MARGINS} {_SURE} {_EACH} {_MOST}"
        self.digest = hashlib.sha256(what.encode()).hexdigest()
        self._readers, self._lock = threading.local(), threading.Lock()
        self._pool = ThreadPoolExecutor(cores(), "ocr")
        self._begun = lru_cache(_KEPT)(self._begin)

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        """Returns the distinct texts on a segment's pictures in order, or ``(no text)``."""
        count = min(_MOST, 1 + len(pictures) // _EACH)
        chosen = [pictures[int((i + 0.5) * len(pictures) / count)] for i in range(count)]
        with self._lock:
            readings = [self._begun(picture) for picture in chosen]
        texts = {_letters(text): text for text in (reading.result() for reading in readings)}
        return "; ".join(filter(None, texts.values())) or NO_TEXT

    def _begin(self, picture: bytes) -> Future[str]:
        return self._pool.submit(self._read, picture)

    def _read(self, picture: bytes) -> str:
        """Returns the largest text on a picture; empty if there is none."""
        if not hasattr(self._readers, "engine"):  # an engine is not thread-safe
            self._readers.engine = _engine()
        engine, image = self._readers.engine, _pixels(picture)
        boxes: _Boxes | None = engine.text_det(image)[0]
        if boxes is None or not len(boxes):
            return ""
        boxes = np.array(engine.sorted_boxes(boxes))
        heights = np.linalg.norm(boxes[:, 0] - boxes[:, 3], axis=1)
        large = heights >= _LARGE * heights.max()
        boxes, heights = boxes[large], heights[large]
        read = engine.text_rec([_cut(image, *each) for each in zip(boxes, heights, strict=True)])[0]
        found = [
            (height, text)
            for height, (text, sure) in zip(heights, read, strict=True)
            if sure >= _SURE and _is_words(text)
        ]
        least = _LARGE * max((height for height, _ in found), default=0.0)
        return " ".join(text for height, text in found if height >= least)


def _engine() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    # With "max", pictures keep their size; by default they would be enlarged.
    return RapidOCR(det_limit_type="max", intra_op_num_threads=1, inter_op_num_threads=1)


def _pixels(picture: bytes) -> Frames:
    """Returns a picture whose longer side is :data:`SIDE`, in BGR as RapidOCR expects it."""
    with Image.open(io.BytesIO(picture)) as image:
        scale = SIDE / max(image.size)
        width, height = (max(1, round(length * scale)) for length in image.size)
        shown = image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(shown)[:, :, ::-1])


def _cut(image: Frames, box: _Boxes, height: float) -> Frames:
    """Returns the crop of a picture around a line; lines are assumed to be horizontal."""
    margins = height * np.array(_MARGINS)
    left, top = np.maximum(box.min(axis=0) - margins, 0).astype(int)
    right, bottom = (box.max(axis=0) + margins).astype(int) + 1
    return image[top:bottom, left:right]


def _is_words(text: str) -> bool:
    """Whether a text has more letters than digits."""
    return sum(map(str.isalpha, text)) > sum(map(str.isdigit, text))


def _letters(text: str) -> str:
    """Returns the letters and digits of a text, in lower case, for comparisons."""
    return "".join(filter(str.isalnum, text.lower()))
