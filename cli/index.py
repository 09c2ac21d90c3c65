"""The command ``index``: embeds a dataset's captions for searches by meaning."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..core.wording import count
from .app import find_dataset
from .errors import print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, PARTLY, REFUSED, STOPPED, UNUSABLE, explain
from .parser import Commands, add_command, split_names
from .progress import show_each_stage

if TYPE_CHECKING:
    from ..meaning.store import TextIndex

_EXAMPLES = """\
examples:
  action100m index a100m
  action100m index a100m --fields gpt_action_brief,gpt_summary_brief
  action100m index a100m --check
  action100m index --prune
  action100m search a100m "whisk the eggs"
  action100m index a100m --clips --encoder zoo:clip-vit-base32-torch
  action100m search a100m "a red kettle" --mode video

Each distinct text is embedded once. Run again after videos were added or captions changed, the
command reads only these and embeds only new texts. With --clips, it embeds the pictures of each
distinct segment; each video is decoded once. docs/search.md says more.

"""

_EXIT_CODES = explain(
    {
        DONE: "the captions are indexed, or would be",
        REFUSED: UNUSABLE,
        PARTLY: "--check: the index is stale",
        FAILED: "the encoder, the disk or the database failed; the same command continues",
        INTERRUPTED: STOPPED,
    }
)


def add_key(parser: argparse.ArgumentParser, of_clips: str | None = None) -> None:
    """Adds ``--key``.

    Args:
        parser: the command's
        of_clips: the option that changes the default of :func:`key_of`
    """
    parser.add_argument(
        "--key", metavar="NAME", default=None if of_clips else "meaning",
        help="the index's name, which is also its brain key; default meaning"
        + (f", or clips with {of_clips}" if of_clips else ""),
    )  # fmt: skip


def key_of(args: argparse.Namespace, clips: bool) -> str:
    """Returns the name of the index of captions, or of clips."""
    return args.key or ("clips" if clips else "meaning")


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "index",
        run,
        help="embed captions for searches by meaning",
        description="Embeds the distinct captions of a dataset into files beside it, and registers "
        "a FiftyOne brain run, so that `action100m search`, `sort_by_similarity` and the App find "
        "segments by the meaning of their captions. An interrupted run continues where it stopped.",
        epilog=_EXAMPLES + _EXIT_CODES,
    )
    parser.add_argument("dataset", nargs="?", help="the dataset's name; not with --prune")
    parser.add_argument(
        "--fields", metavar="NAMES",
        help="caption fields, separated by commas; default: those of the existing index, else "
        "gpt_action_brief, gpt_summary_brief and plm_action",
    )  # fmt: skip
    parser.add_argument(
        "--encoder", metavar="NAME",
        help="the text encoder: a sentence-transformers model (its name or folder; one without an "
        "ONNX file needs `pip install sentence-transformers`), zoo:NAME, or https://HOST/v1#MODEL "
        "for an OpenAI-compatible service; default: that of the existing index, else "
        "all-MiniLM-L6-v2; with --clips, zoo:NAME of a model that embeds pictures and texts",
    )  # fmt: skip
    parser.add_argument(
        "--clips", action="store_true",
        help="embed the segments' pictures instead of their captions, for `search --mode video`",
    )  # fmt: skip
    parser.add_argument(
        "--backend", metavar="NAME",
        help="also store the vectors in a similarity backend of FiftyOne Brain, such as lancedb, "
        "qdrant or milvus, and search it; files: no backend; default: that of the existing index, "
        "else files",
    )  # fmt: skip
    add_key(parser, "--clips")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="report whether the index is current")
    action.add_argument(
        "--dry-run", action="store_true", help="report what would be embedded; write nothing"
    )
    action.add_argument("--delete", action="store_true", help="delete the index and its files")
    action.add_argument(
        "--prune", action="store_true",
        help="list the files of indexes and stored words of deleted datasets; with --yes, delete "
        "them",
    )  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="with --prune: delete what is listed")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")


def run(args: argparse.Namespace) -> int:
    """Indexes, checks or deletes; returns the exit code."""
    from ..views.index_state import unit
    from ..views.indexing import (
        check_index,
        delete_index,
        indexing,
        open_index,
        preview_index,
    )

    fields, key = split_names(args.fields), key_of(args, args.clips)
    try:
        if args.prune != (args.dataset is None) or (args.yes and not args.prune):
            raise ValueError("name a dataset, or give --prune (and --yes) without one")
        if args.prune:
            return _prune(args)
        dataset = find_dataset(args.dataset)
        if args.check or args.dry_run:
            state = (
                check_index(dataset, key)
                if args.check
                else preview_index(dataset, fields, key, args.clips)
            )
            if args.json:
                print(json.dumps({"current": state.is_current, **asdict(state)}))
            elif args.check:
                print(str(state).capitalize())
            else:
                new = count(state.new_texts, f"new {unit(state.kind)}")
                print(f"{new} would be embedded. Nothing was done")
            return PARTLY if args.check and not state.is_current else DONE
        if args.delete:
            open_index(dataset, key)
            delete_index(dataset, key)
            print(f"The index {key!r} is deleted")
            return DONE
        steps = indexing(dataset, fields, args.encoder, key, args.clips, args.backend)
        show_each_stage(steps)
        index = open_index(dataset, key)
    except (ValueError, RuntimeError) as error:  # RuntimeError: EncoderError, BackendError
        return print_error(error)
    if args.json:
        print(json.dumps({**asdict(index.info), "folder": str(index.folder)}))
    else:
        print_index(args.dataset, index)
    return DONE


def _prune(args: argparse.Namespace) -> int:
    """Lists the files of deleted datasets, and deletes them with ``--yes``."""
    from ..views.prune import left_indexes, prune

    left = left_indexes()
    gone = prune(left) if args.yes else []
    if args.json:
        rows = [{**asdict(one), "folder": str(one.folder), "deleted": one in gone} for one in left]
        print(json.dumps(rows))
        return DONE
    for one in left:
        what = "deleted" if one in gone else "in use" if args.yes else "left"
        print(f"{what}  {one.size / 2**20:8.1f} MB  {one.folder}")
    if not left:
        print("All files of indexes and stored words belong to a dataset")
    elif not args.yes:
        print(
            f"{count(len(left), 'folder')} of datasets that this database does not have. "
            "Nothing was done. If no other database has them, delete with: "
            "action100m index --prune --yes"
        )
    return DONE


def print_index(dataset: str, index: TextIndex, example: str = "whisk the eggs") -> None:
    """Prints the contents of an index, and an example of a search."""
    info, of_clips = index.info, index.kind == "clips"
    alive = count(info.alive, f"distinct {'segment' if of_clips else 'text'}")
    print(
        f"{alive} of {count(info.occurrences, 'caption')} in {count(info.samples, 'video')} are "
        f"indexed by {index.encoder}"
    )
    mode = " --mode video" if of_clips else ""
    print(f'Ask with: action100m search {dataset} "{example}"{mode}')
