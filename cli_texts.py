"""What ``--help`` says beyond the options: exit codes, examples, formats."""

from __future__ import annotations

EXIT_CODES = """\
exit codes:
  0    every video is in the data set
  2    the command line, or the data set it names, cannot be used; nothing was done
  3    some videos are in the data set, the report says why others are not
  4    none is
  130  interrupted; what was done stays done, and the same command goes on with the rest
"""

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
