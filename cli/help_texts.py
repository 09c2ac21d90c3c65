"""What ``--help`` says beyond the options: exit codes, examples, formats."""

from __future__ import annotations


def exit_codes(codes: dict[int, str]) -> str:
    """Returns the lines that explain a command's exit codes; 1 means the same for all.

    Args:
        codes: what each means, in the command's own words
    """
    every = {1: "a fault that nobody foresaw: please report it", **codes}
    return "exit codes:\n" + "".join(f"  {code:<4} {every[code]}\n" for code in sorted(every))


_USELESS = "the command line, or what it names, cannot be used; nothing was done"
_INTERRUPTED = "interrupted; what was done stays done, and the same command goes on with the rest"

CONVERT_CODES = exit_codes(
    {
        0: "every video is in the data set",
        2: _USELESS,
        3: "some videos are in the data set, the report says why others are not",
        4: "none is, or the disk or the database failed; what was done stays done",
        130: _INTERRUPTED,
    }
)

EXPORT_CODES = exit_codes(
    {
        0: "every video is in the folder, or would be",
        2: _USELESS,
        3: "some videos are in the folder, the report says why others are not",
        4: "none is, or the disk or the database failed; the same command goes on",
        130: _INTERRUPTED,
    }
)

STATUS_CODES = exit_codes(
    {
        0: "every video has its clip; with --list: the list is printed",
        2: "DIR holds no conversion",
        3: "some videos have their clip",
        4: "none has",
    }
)

INSPECT_CODES = exit_codes(
    {
        0: "the records were read",
        2: "the command line, or the source it names, cannot be used",
        3: "some records were read, others cannot be used",
        4: "none can be used",
        130: "interrupted",
    }
)

OPEN_CODES = exit_codes(
    {
        0: "the App was closed, by Ctrl-C for example",
        2: "there is no such data set",
        4: "the database failed",
    }
)

CONVERT_EXAMPLES = """\
examples:
  # what would be done, without doing it
  action100m convert shards/ --videos videos/ --name a100m --out out/ --dry-run

  # ten videos to begin with, then look at them
  action100m convert shards/ --videos videos/ --name a100m --out out/ --max-samples 10 --open

  # all of them; interrupt it at any time, the same command goes on where it was
  action100m convert 'shards/*.parquet' --videos videos/ --name a100m --out out/

  # videos that failed before, again; more captions; a minute at 360p
  action100m convert shards/ --videos videos/ --name a100m --out out/ --retry failed
  action100m convert shards/ --videos videos/ --name all --out out2/ --captions all
  action100m convert shards/ --videos videos/ --name small --out out3/ \\
      --clip-seconds 60 --max-height 360

  # more videos into the same data set; its samples stay as they are
  action100m convert more/ --videos videos/ --name a100m --out out4/ --append --dry-run

  # ten records from the Hub, of long videos that many have seen
  action100m convert facebook/action100m-preview --name a100m --out out/ --fetch \\
      --max-samples 10 --duration 300: --views 100000:

  # eight processes, or the workers of a Dask cluster, that share the work in shards
  action100m convert shards/ --videos videos/ --name a100m --out out/ --processes 8
  action100m convert shards/ --videos videos/ --name a100m --out out/ --scheduler tcp://head:8786

  # videos that are not there from the web, the first 90 s of each, with patience
  action100m convert shards/ --videos videos/ --name a100m --out out/ --fetch --pause 5

"""

EXPORT_FORMATS = """\
formats:
  parquet      Action100M's records in shards, as the preview has them; `convert` reads them
  json         the same, a file for each video
  activitynet  ActivityNet Captions' JSON, a file for each field
  webvtt       a folder for each video: chapters, and captions of each level
  eaf          ELAN: a file for each video, one tier a level, parents linked
  jsonl        a line for each caption, for training: clip, start, end, caption, ancestors
  webdataset   tar shards of clips with their captions

examples:
  action100m export a100m records/ --format parquet
  action100m export a100m train/ --format jsonl --fields gpt_action_brief --view steps

What leaves the data set stays under its licence: Action100M's annotations are under the FAIR
Noncommercial Research License (no commercial use, no redistribution). docs/export.md says what each
format holds.

"""
