"""The options of ``build`` for captions, their aggregation and speech."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.option_error import OptionError

if TYPE_CHECKING:
    from ..treemaking.aggregation import AggregationOptions
    from ..treemaking.captions import CaptionOptions


class _ShowPrompts(argparse.Action):
    """Prints the prompts and exits, as ``--help`` does."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        from ..treemaking.prompts import read_prompts, shown

        try:
            print(shown(read_prompts(namespace.prompts)))
        except OptionError as error:
            parser.error(str(error))
        parser.exit()


def add_captions(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    group = parser.add_argument_group(
        "captions (each is kept as soon as it is made; the same command continues)"
    )
    group.add_argument(
        "--captioner", metavar="NAME",
        help="a vision-language model: behind an OpenAI-compatible address, such as that of vLLM, "
        "llama.cpp or Ollama: http://localhost:8000/v1#MODEL, with a key from "
        "ACTION100M_CAPTIONER_KEY; in this process: transformers:CHECKPOINT, from the Hub or a "
        "folder, such as transformers:facebook/Perception-LM-3B, or zoo:NAME of FiftyOne's zoo; or "
        "ocr: the largest text on the frames, which needs no such model",
    )  # fmt: skip
    group.add_argument(
        "--leaf-captioner", metavar="NAME",
        help="as --captioner, for llama3_caption only; default: the same",
    )  # fmt: skip
    group.add_argument(
        "--captions", default="plm,llama3", metavar="FIELDS",
        help="the texts to make, with a call for each: plm_action and plm_caption (plm) for every "
        "node, llama3_caption (llama3) for the middle frame of each leaf; default %(default)s",
    )  # fmt: skip
    group.add_argument(
        "--frames", type=int, default=32, metavar="N",
        help="the most pictures per segment; default %(default)d",
    )  # fmt: skip
    group.add_argument(
        "--prompts", metavar="DIR",
        help="a folder of prompts that replace the default ones, including those of the "
        "aggregation; --show-prompts prints the names of the files",
    )  # fmt: skip
    group.add_argument(
        "--show-prompts", action=_ShowPrompts, nargs=0,
        help="print the prompts (including those of a preceding --prompts), and exit",
    )  # fmt: skip
    group.add_argument(
        "--requests", type=int, default=4, metavar="N",
        help="the most concurrent calls to each model; default %(default)d",
    )  # fmt: skip
    group.add_argument(
        "--call-seconds", type=float, default=300.0, metavar="S",
        help="the timeout of a call; default %(default)g",
    )  # fmt: skip


def add_aggregation(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    group = parser.add_argument_group(
        "refined captions (each answer is kept; without an LLM there are none)"
    )
    group.add_argument(
        "--llm", metavar="URL#MODEL",
        help="a language model behind an OpenAI-compatible address, which writes summary, action "
        "and actor of inner nodes of 4 s and more, and revises them twice: three calls per node. A "
        "key comes from ACTION100M_LLM_KEY",
    )  # fmt: skip
    group.add_argument(
        "--llm-model", metavar="NAME", help="the model's name, if the address does not include it"
    )
    group.add_argument(
        "--llm-chars", type=int, default=32_000, metavar="N",
        help="the most characters of captions, speech and so on in a prompt; the model's context "
        "must hold them and 5,000 tokens more; default %(default)d, about 8,000 tokens",
    )  # fmt: skip


def add_speech(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    group = parser.add_argument_group(
        "speech (subtitles beside a video are read in any case: NAME.vtt, NAME.en.srt and so on)"
    )
    group.add_argument(
        "--speech", metavar="URL#MODEL",
        help="a speech model behind an OpenAI-compatible address (/audio/transcriptions), such as "
        "that of a Whisper server, for videos without subtitles. A key comes from "
        "ACTION100M_SPEECH_KEY",
    )  # fmt: skip


def aggregation_options(args: argparse.Namespace) -> AggregationOptions:
    """Returns the options that were given."""
    from ..treemaking.aggregation import AggregationOptions

    return AggregationOptions(args.llm, args.llm_model, args.llm_chars)


def caption_options(args: argparse.Namespace) -> CaptionOptions:
    """Returns the options that were given."""
    from ..treemaking.captions import CaptionOptions

    return CaptionOptions(
        captioner=args.captioner,
        fields=args.captions,
        frames=args.frames,
        prompts=args.prompts,
        requests=args.requests,
        seconds=args.call_seconds,
        leaf_captioner=args.leaf_captioner,
        device=args.device,
    )
