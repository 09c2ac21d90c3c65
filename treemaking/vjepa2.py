"""Encodes frames with V-JEPA 2 by ``transformers``, as Action100M does."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..converters.clips.samples import Frames
from ..meaning.encoders import EncoderError
from .checkpoints import find_checkpoint, load_model, pick_device
from .encoders import Features

#: The version of the features: increased when earlier ones can no longer be used.
FORMAT = 1

#: The paper's window and stride, in sampled frames.
WINDOW, STRIDE = 64, 8

#: The number of tokens that keeps a GPU busy: a window of ViT-g-384 has 18,432, one of ViT-L-256
#: 8,192.
_TOKENS = 16_384

#: ImageNet's mean and standard deviation, which all published checkpoints were trained with.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class VJepa2Encoder:
    """A :class:`.encoders.FrameEncoder` of a V-JEPA 2 checkpoint.

    The model turns a window of frames into patches, two frames deep (a tubelet). The mean of a
    tubelet's patches is the feature of both of its frames. The weights are loaded when the first
    window is encoded; until then, only their files are hashed.

    Args:
        checkpoint: a folder, or a repository on the Hub, such as ``facebook/vjepa2-vitl-fpc64-256``
        device: a PyTorch device, such as ``cuda:1``; None for a GPU if there is one
        window: sampled frames per window, a multiple of a tubelet
        stride: sampled frames between the starts of two windows

    Attributes:
        device: the ``torch.device``

    Raises:
        EncoderError: if it cannot be used, or PyTorch or transformers are missing
    """

    crop = True

    def __init__(
        self,
        checkpoint: str,
        device: str | None = None,
        window: int = WINDOW,
        stride: int = STRIDE,
    ) -> None:
        found = find_checkpoint(checkpoint)
        self.name, self._folder = f"vjepa2:{found.name}", found.folder
        self.device = pick_device(device)
        self._config = config = _config(self._folder)
        self._deep, self._side = config.tubelet_size, config.crop_size
        if window < 1 or window % self._deep:
            raise EncoderError(f"window is {window}: give a multiple of {self._deep}")
        if not 1 <= stride <= window:
            raise EncoderError(f"stride is {stride}: give 1 to the window, {window}")
        self.window, self.stride = window, stride
        self.dimension = config.hidden_size
        # The processor's rule: a little more than what is cut out of the middle.
        self.size = (self._side * 256 // 224,) * 2
        tokens = window // self._deep * (self._side // config.patch_size) ** 2
        self._at_once = max(1, _TOKENS // tokens) if self.device.type == "cuda" else 1
        self.batch = self._at_once * window
        # The device is not part of it: another machine may read the features.
        about = f"vjepa2 {FORMAT} {found.digest} {window} {stride}"
        self.digest = hashlib.sha256(about.encode()).hexdigest()

    def encode(self, frames: Frames) -> Features:
        """Returns one feature per frame, ``[N, dimension]``.

        If the windows do not fit in the device's memory, fewer of them run at once.

        Args:
            frames: ``[N, *size, 3]``, RGB: one or several whole windows

        Raises:
            EncoderError: if the model cannot be loaded, or fails
        """
        import torch

        model, colours = self._model, self._colours
        windows = frames.reshape(-1, self.window, *frames.shape[1:])
        found: list[Features] = []
        done = 0
        while done < len(windows):
            some = windows[done : done + self._at_once]
            try:
                found.append(self._features(some, model, *colours))
            except torch.OutOfMemoryError as error:
                if self._at_once == 1:
                    why = str(error).splitlines()[0]
                    raise EncoderError(f"{self.name} does not fit in memory: {why}") from None
                self._at_once //= 2
                continue
            except RuntimeError as error:
                raise EncoderError(f"{self.name} fails: {error!r:.500}") from None
            done += len(some)
        return np.concatenate(found)

    def _features(self, windows: Frames, model: Any, mean: Any, std: Any) -> Features:
        import torch

        low, high = ((length - self._side) // 2 for length in windows.shape[2:4])
        with torch.inference_mode():
            pixels = torch.from_numpy(windows).to(self.device)
            pixels = pixels[:, :, low : low + self._side, high : high + self._side]
            pixels = pixels.permute(0, 1, 4, 2, 3).float().sub_(mean).div_(std)
            patches = model.get_vision_features(pixels)
            tubelets = patches.float().unflatten(1, (self.window // self._deep, -1)).mean(2)
            features: Features = tubelets.repeat_interleave(self._deep, 1).cpu().numpy()
        return features.reshape(-1, self.dimension)

    @cached_property
    def _model(self) -> Any:
        from transformers import VJEPA2Model

        return load_model(VJEPA2Model, self._folder, self.device)

    @cached_property
    def _colours(self) -> tuple[Any, Any]:
        """The mean and the standard deviation of each channel, from 0 to 255."""
        import torch

        mean, std = (
            torch.tensor(each, dtype=torch.float32, device=self.device).reshape(3, 1, 1)
            for each in _colours(self._folder)
        )
        return mean, std


def _config(folder: Path) -> Any:
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise EncoderError(f"{folder.name} cannot be read: {error!s:.500}") from None
    if config.model_type != "vjepa2":
        raise EncoderError(f"{folder.name} is a {config.model_type}, not a vjepa2")
    return config


def _colours(folder: Path) -> npt.NDArray[np.float64]:
    """Returns the processor's mean and standard deviation of each channel, ``[2, 3]``."""
    names = ("video_preprocessor_config.json", "preprocessor_config.json")
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    try:
        said = json.loads(path.read_text("utf-8")) if path else {}
        values = np.array([said.get("image_mean", _MEAN), said.get("image_std", _STD)], np.float64)
        return values.reshape(2, 3) / float(said.get("rescale_factor", 1 / 255))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} is not a processor's configuration: {error}") from None
