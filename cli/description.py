"""Describes an inspected source as text: counts, schema, statistics, and a tree."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from ..core.schema import RECORD
from ..core.wording import count, one_line
from .inspection import Inspection
from .outline import fit, outline
from .sample_statistics import statistics_of


def describe_source(found: Inspection, levels: int | None = 4, width: int = 100) -> list[str]:
    """Returns an inspection as lines of text.

    Args:
        found: the inspection
        levels: the number of levels of the first tree to print, None for all
        width: the columns of the terminal
    """
    lines = [_counts(found)]
    if found.schema is not None:
        lines += ["", "schema", *_schema_lines(found.schema), *schema_differences(found.schema)]
    if found.sample:
        lines += ["", f"{count(len(found.sample), 'record')} read"]
        rows = statistics_of(found.sample).rows()
        lines += [f"  {name:<21} {text}" for name, text in rows]
        record = found.sample[0]
        title = fit(record.info.title or "(no title)", width - 30)
        nodes = count(len(record.tree), "node")
        lines += ["", f"tree of {record.video_uid}: {title}, {nodes}"]
        lines += outline(record.tree, levels, width)
    if found.failures:
        lines += ["", *(f"{f.reason}: {one_line(f.message)}" for f in found.failures)]
    return lines


def schema_differences(schema: pa.Schema) -> list[str]:
    """Returns how a schema differs from that of Action100M's records, as lines of text."""
    there, expected = dict(_leaves(schema)), dict(_leaves(RECORD))
    missing = [name for name in expected if name not in there]
    others = [name for name in there if name not in expected]
    typed = [
        f"{name} is {there[name]}, not {kind}"
        for name, kind in expected.items()
        if name in there and there[name] != kind
    ]
    parts = {
        "missing": ", ".join(missing),
        "not Action100M's": ", ".join(others),
        "of another type": "; ".join(typed),
    }
    lines = [f"  {label}: {one_line(names)}" for label, names in parts.items() if names]
    return lines or ["  the same as Action100M's records"]


def _counts(found: Inspection) -> str:
    files = len(found.files)
    parts = [count(files, "file"), _bytes(found.size)]
    if found.footers:
        records, groups = count(found.records, "record"), count(found.groups, "row group")
        parts.append(f"{records} in {groups}")
    if 0 < found.footers < files and found.footer_size:
        estimate = round(found.records * found.size / found.footer_size, -2)
        parts[-1] += f" of the {found.footers} files read, so about {estimate:,} in all"
    return ", ".join(parts)


def _bytes(number: int) -> str:
    size, units = float(number), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.1f} {units[0]}" if units[0] != "bytes" else count(number, "byte")


def _schema_lines(schema: pa.Schema) -> list[str]:
    """Returns a schema as indented lines, one per field."""
    return [line for field in schema for line in _field_lines(field, 1)]


def _field_lines(field: pa.Field, depth: int) -> Iterator[str]:
    kind, lists = field.type, ""
    while pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind, lists = kind.value_type, lists + "list of "
    is_struct = pa.types.is_struct(kind)
    name = ("structs" if lists else "struct") if is_struct else str(kind)
    yield f"{'  ' * depth}{one_line(field.name)}: {lists}{name}"
    for child in kind if is_struct else ():
        yield from _field_lines(child, depth + 1)


def _leaves(schema: pa.Schema) -> Iterator[tuple[str, str]]:
    """Yields each leaf's dotted name, without lists, and its type."""
    waiting = [(field.name, field.type) for field in schema]
    for name, kind in waiting:
        while pa.types.is_list(kind) or pa.types.is_large_list(kind):
            kind = kind.value_type
        if pa.types.is_struct(kind):
            waiting += [(f"{name}.{child.name}", child.type) for child in kind]
        else:
            yield name, str(kind).replace("large_string", "string")
