"""Captions with a vision-language model of ``transformers`` in this process."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from ..meaning.encoders import EncoderError
from .calls import CallError
from .checkpoints import find_checkpoint, load_model, pick_device

#: The version of the captions: increased when earlier ones can no longer be used.
FORMAT = 1


class LocalCaptioner:
    """A :class:`.captioners.Captioner` of a checkpoint whose chat template takes pictures.

    A model that supports videos, such as PerceptionLM, gets several pictures as one video; any
    other gets them as pictures. Captions are generated one at a time, by greedy decoding. The
    weights are loaded for the first caption; until then, only their files are hashed.

    Args:
        checkpoint: a folder, or a repository on the Hub, such as ``facebook/Perception-LM-3B``
        tokens: the most tokens of a caption
        device: a PyTorch device, such as ``cuda:1``; None for a GPU if there is one

    Raises:
        EncoderError: if it cannot be used, or PyTorch or transformers are missing
    """

    at_once = 1

    def __init__(self, checkpoint: str, tokens: int, device: str | None = None) -> None:
        found = find_checkpoint(checkpoint)
        self.name, self._folder = f"transformers:{found.name}", found.folder
        self.digest = hashlib.sha256(f"{FORMAT} {found.digest} {tokens}".encode()).hexdigest()
        self._device, self._tokens = pick_device(device), tokens
        self._lock = threading.Lock()
        from transformers import AutoProcessor

        try:
            self._processor = AutoProcessor.from_pretrained(self._folder)
        except Exception as error:  # whatever transformers raises
            raise EncoderError(f"{found.name} cannot be read: {error!s:.500}") from None
        if not getattr(self._processor, "chat_template", None):
            raise EncoderError(
                f"{found.name} has no chat template with pictures: give a checkpoint of a model "
                "that is asked about pictures"
            )

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        """Returns the model's description of the pictures."""
        import torch

        shown = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
        with self._lock, torch.inference_mode():
            try:
                model = self._model
            except EncoderError as error:
                raise CallError("unknown", str(error)) from None  # so would all other calls
            asked = self._asked(shown, prompt).to(self._device)
            for name, value in asked.items():
                if value.is_floating_point():
                    asked[name] = value.to(model.dtype)
            try:
                said = model.generate(**asked, max_new_tokens=self._tokens, do_sample=False)
            except torch.OutOfMemoryError as error:
                raise CallError("out-of-memory", str(error).splitlines()[0]) from None
            answer = said[0, asked["input_ids"].shape[1] :]
            text: str = self._processor.decode(answer, skip_special_tokens=True)
            return text

    @cached_property
    def _model(self) -> Any:
        from transformers import AutoModelForImageTextToText

        return load_model(AutoModelForImageTextToText, self._folder, self._device)

    def _asked(self, shown: list[Image.Image], prompt: str) -> Any:
        options: dict[str, Any] = {}
        content: list[dict[str, Any]] = [{"type": "image", "image": each} for each in shown]
        if len(shown) > 1 and getattr(self._processor, "video_processor", None) is not None:
            content = [{"type": "video", "video": np.stack([np.asarray(each) for each in shown])}]
            # The frames are sampled already; their rate, which some models ask for, is not known
            # here.
            count = len(shown)
            about = {"fps": 1.0, "total_num_frames": count, "frames_indices": list(range(count))}
            options = {"do_sample_frames": False, "video_metadata": [about]}
        message = {"role": "user", "content": [*content, {"type": "text", "text": prompt}]}
        return self._processor.apply_chat_template(
            [message],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs=options,
        )
