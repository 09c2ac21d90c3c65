"""The writing on frames as captions, by the real RapidOCR."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import setup_venv
from fiftyone_action100m import build
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.demo.picture import Pictures
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.treemaking.ocr import INSTALL, NO_TEXT, OcrCaptioner
from PIL import Image

needs_ocr = pytest.mark.skipif(
    not setup_venv.has_ocr(Path(sys.executable)), reason="set-up could not install RapidOCR"
)


def picture(leaf: int | None) -> bytes:
    """A picture of the demo as a JPEG file, or a plain one."""
    image = Image.new("RGB", (320, 180), (120, 60, 60))
    if leaf is not None:
        drawn = Pictures(demo_record(3, seconds=20, leaves=12), (640, 360), "20 fps")
        image = Image.fromarray(drawn.draw(leaf, drawn.leaves[leaf]["start"], 1)).resize((320, 180))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


@needs_ocr
def test_a_segment_has_the_writing_of_some_of_its_pictures_each_read_once() -> None:
    captioner, plain, first, last = OcrCaptioner(), picture(None), picture(2), picture(8)
    assert captioner.caption([plain], "") == NO_TEXT
    one, other = captioner.caption([first], ""), captioner.caption([last], "")
    assert one != other and "level" not in one + other and "00:" not in one + other
    assert captioner.caption([plain, first, last], "") == one  # the one in the middle
    assert captioner.caption([first] * 12 + [last] * 12, "") == f"{one}; {other}"
    assert captioner.caption([first] * 11 + [plain] * 10 + [last] * 11, "") == f"{one}; {other}"
    assert captioner.caption([first] * 32, "") == one
    assert captioner._begun.cache_info().misses == 3


def test_what_is_missing_is_said_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    with pytest.raises(OptionError, match="run pip install pyclipper shapely"):
        build(tmp_path, tmp_path / "out", captioner="ocr")
    assert all(wheel in INSTALL for wheel in (setup_venv.OCR, *setup_venv.OCR_NEEDS))
