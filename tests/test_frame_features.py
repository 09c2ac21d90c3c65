"""Frames become features: by windows or one by one, and in files that are whole or not there."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fiftyone_action100m.converters.clips.samples import Frames
from fiftyone_action100m.meaning.encoders import EncoderError
from fiftyone_action100m.treemaking.encoders import ColourEncoder, Features, FrameEncoder
from fiftyone_action100m.treemaking.features import (
    FeatureFolder,
    FeaturesInfo,
    digest_of_file,
    encode,
)
from hypothesis import given, settings
from hypothesis import strategies as st

INFO = FeaturesInfo("colour", "d", 4, "25", 0.48, 3, 2, 1.0)


class Windowed:
    """Gives each frame its number, and the place of its window."""

    name, digest, size, crop, batch, dimension = "windowed", "d", (1, 1), False, 4, 2

    def __init__(self, window: int, stride: int) -> None:
        self.window, self.stride = window, stride
        self.given: list[list[int]] = []

    def encode(self, frames: Frames) -> Features:
        assert len(frames) <= max(self.batch, self.window)
        length = len(frames) if self.window == 1 else self.window
        windows = frames[:, 0, 0, 0].reshape(-1, length)
        self.given += windows.tolist()
        firsts = np.repeat(windows[:, :1], length, axis=1)
        return np.stack((windows, firsts), axis=2).reshape(-1, 2).astype(np.float32)


def batches_of(frames: int, batch: int) -> list[Frames]:
    every = np.tile(np.arange(frames, dtype=np.uint8)[:, None, None, None], (1, 1, 1, 3))
    return [every[at : at + batch] for at in range(0, frames, batch)]


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 60), st.integers(1, 9), st.integers(2, 12), st.data())
def test_overlapping_windows_are_averaged(
    frames: int, batch: int, window: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, window))
    encoder = Windowed(window, stride)
    found = encode(batches_of(frames, batch), encoder)
    starts = [*range(0, max(1, frames - window + 1), stride)]
    if starts[-1] + window < frames:
        starts.append(frames - window)
    assert [given[0] for given in encoder.given] == starts
    assert {len(given) for given in encoder.given} == {window}  # the shortest videos are filled up
    assert found[:, 0].tolist() == list(range(frames))
    for frame in range(frames):
        over = [start for start in starts if start <= frame < start + window]
        assert found[frame, 1] == pytest.approx(np.mean(over))


def test_a_window_of_one_gets_the_batches_as_they_are() -> None:
    encoder = Windowed(1, 1)
    assert encode(batches_of(10, 4), encoder)[:, 0].tolist() == list(range(10))
    assert list(map(len, encoder.given)) == [4, 4, 2]


@pytest.mark.parametrize("wrong", [np.zeros((3, 2)), np.zeros((4, 5)), np.full((4, 2), np.nan)])
def test_features_of_the_wrong_kind_are_refused(wrong: np.ndarray) -> None:
    encoder = Windowed(1, 1)
    encoder.encode = lambda frames: wrong.astype(np.float32)  # type: ignore[method-assign]
    with pytest.raises(EncoderError, match="windowed gives features"):
        encode(batches_of(4, 4), encoder)


def test_colours_tell_pictures_apart_and_noise_does_not() -> None:
    encoder: FrameEncoder = ColourEncoder()
    rng = np.random.default_rng(0)
    red, blue = np.zeros((2, 48, 64, 3), np.uint8)
    red[..., 0], blue[..., 2] = 180, 180
    noisy = red + rng.integers(0, 4, red.shape, np.uint8)
    turned = red.copy()
    turned[:, :32] = blue[:, :32]  # the left half is blue
    mirrored = turned[:, ::-1]
    found = encoder.encode(np.stack((red, blue, noisy, turned, mirrored)))
    assert found.shape == (5, encoder.dimension) and found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    apart = np.linalg.norm(found[:, None] - found, axis=2)
    assert apart[0, 2] < 0.01 and apart[0, 1] > 1
    assert 0.3 < apart[0, 3] < apart[0, 1]
    assert apart[3, 4] > 0.3  # the same colours elsewhere


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    content = np.random.default_rng(0).integers(0, 256, 5 << 20, np.uint8)
    one, other = tmp_path / "one.mp4", tmp_path / "other.mp4"
    content.tofile(one)
    content.tofile(other)
    assert digest_of_file(one) == digest_of_file(other)
    for place in (0, len(content) // 2, -1):
        changed = content.copy()
        changed[place] ^= 1
        changed.tofile(other)
        assert digest_of_file(one) != digest_of_file(other)
    content[:-1].tofile(other)
    assert digest_of_file(one) != digest_of_file(other)
    (tmp_path / "empty.mp4").touch()
    assert digest_of_file(tmp_path / "empty.mp4")


def test_features_are_found_again_only_if_they_are_whole(tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(b"content")
    folder = FeatureFolder(tmp_path / "features", ColourEncoder(), 4)
    key = folder.key(video)
    assert folder.info(key) is None
    features = np.array([[0, 1], [2, 3], [4, 5]], np.float32)
    folder.write(key, features, INFO)
    assert folder.info(key) == INFO
    assert folder.read(key).tolist() == features.tolist()
    assert folder.read(key).dtype == np.float16
    assert sorted(path.suffix for path in folder.folder.iterdir()) == [".json", ".npy"]
    assert FeatureFolder(folder.folder, ColourEncoder(), 8).key(video) != key
    data = (folder.folder / f"{key}.npy").read_bytes()
    (folder.folder / f"{key}.npy").write_bytes(data[:-3])
    assert folder.info(key) is None
    (folder.folder / f"{key}.npy").write_bytes(data)
    (folder.folder / f"{key}.json").write_text("{")
    assert folder.info(key) is None


WRITES = """
import sys, numpy as np
from pathlib import Path
from fiftyone_action100m.treemaking.encoders import ColourEncoder
from fiftyone_action100m.treemaking.features import FeatureFolder, FeaturesInfo
folder = FeatureFolder(Path(sys.argv[1]), ColourEncoder(), 4)
features = np.ones((20_000, 768), np.float32)
for n in range(1000):
    folder.write(f"{n:032d}", features, FeaturesInfo("c", "d", 4, "25", 1.0, 20_000, 768, 1.0))
    print(n, flush=True)
"""


def test_a_kill_leaves_features_whole_or_not_there(tmp_path: Path) -> None:
    folder = FeatureFolder(tmp_path, ColourEncoder(), 4)
    writer = subprocess.Popen([sys.executable, "-c", WRITES, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"0\n"
    writer.send_signal(signal.SIGKILL)  # while it writes the next
    writer.wait()
    writer.stdout.close()
    whole = [key for key in (f"{n:032d}" for n in range(1000)) if folder.info(key)]
    assert len(whole) >= 1
    assert all((folder.read(key) == 1).all() for key in whole)
    folder.clean()
    assert not list(tmp_path.glob(".*")) and not list(tmp_path.glob("*.part"))
