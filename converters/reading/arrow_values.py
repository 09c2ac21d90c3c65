"""Reads Arrow columns of any type as texts, numbers or Python objects."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: Stands for a value without a Python object; it is neither a text nor a number nor null.
NO_OBJECT = object()


class ListColumn:
    """A column of lists of structs, flattened, with the offsets of its rows."""

    def __init__(self, lists: pa.Array) -> None:
        lists = storage_of(lists)
        if not is_list(lists):
            lists = pa.nulls(len(lists), pa.list_(pa.struct([])))
        self.flat = lists.flatten()
        lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
        self.offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))

    def column(self, path: tuple[str, ...]) -> pa.Array:
        """Returns a nested leaf, all null if the structs have no such field."""
        found = nested_field(self.flat, path)
        return pa.nulls(len(self.flat)) if found is None else leaf(found)

    def part(self, i: int, path: tuple[str, ...]) -> pa.Array:
        """Returns one row's values of a leaf."""
        first, last = self.offsets[i : i + 2].tolist()
        return self.column(path).slice(first, last - first)


def nested_field(structs: pa.Array, path: tuple[str, ...]) -> pa.Array | None:
    """Returns a field of nested structs, None if there is none of that name.

    If several fields have the name, the first counts.
    """
    for name in path:
        structs = storage_of(structs)
        if not pa.types.is_struct(structs.type):
            return None
        places = structs.type.get_all_field_indices(name)
        if not places:
            return None
        structs = pc.struct_field(structs, [places[0]])
    return structs


def storage_of(values: pa.Array) -> pa.Array:
    """Returns the storage of an extension array; any other array unchanged."""
    return values.storage if isinstance(values, pa.ExtensionArray) else values


def leaf(values: pa.Array) -> pa.Array:
    """Returns values in the simplest equivalent type.

    Bytes become strings without a check: UTF-8 is validated with the other texts.
    """
    values = storage_of(values)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    if pa.types.is_binary_view(kind) or pa.types.is_string_view(kind):
        values = pc.cast(values, pa.binary())
    elif pa.types.is_decimal(kind):
        values = pc.cast(values, pa.float64())
    elif pa.types.is_fixed_size_binary(kind):
        values = pc.cast(values, pa.binary())
    if pa.types.is_binary(values.type):
        return values.view(pa.string())
    return values.view(pa.large_string()) if pa.types.is_large_binary(values.type) else values


def is_list(values: pa.Array) -> bool:
    """Returns whether an array has one of Arrow's list types."""
    kind = values.type
    tests = (
        pa.types.is_list,
        pa.types.is_large_list,
        pa.types.is_fixed_size_list,
        pa.types.is_list_view,
        pa.types.is_large_list_view,
    )
    return any(test(kind) for test in tests)


def is_number(values: pa.Array) -> bool:
    """Returns whether an array holds integers or floats."""
    return bool(pa.types.is_floating(values.type) or pa.types.is_integer(values.type))


def strings(values: pa.Array) -> pa.StringArray:
    """Casts texts to Arrow's ``string``.

    Raises:
        pa.ArrowException: if they are not texts
    """
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_large_string(values.type) or pa.types.is_null(values.type):
        return pc.cast(values, pa.string())
    raise pa.ArrowTypeError(f"{values.type} is not text")


def id_strings(values: pa.Array) -> pa.StringArray:
    """Casts ids, texts or integers, to Arrow's ``string``.

    Raises:
        pa.ArrowException: if they are neither
    """
    return pc.cast(values, pa.string()) if pa.types.is_integer(values.type) else strings(values)


def filled_numbers(values: pa.Array, kind: pa.DataType, missing: float) -> npt.NDArray[Any]:
    """Casts numbers to a NumPy array, with a fill value for null.

    Raises:
        pa.ArrowException: if they are not numbers of that kind
    """
    if pa.types.is_null(values.type):
        return np.full(len(values), missing, dtype=kind.to_pandas_dtype())
    if not is_number(values):
        raise pa.ArrowTypeError(f"{values.type} is not {kind}")
    cast = pc.cast(values, kind).fill_null(missing)
    found: npt.NDArray[Any] = cast.to_numpy(zero_copy_only=False)
    return found


def numbers(values: pa.Array) -> npt.NDArray[Any]:
    """Returns a leaf as numbers, NaN for null, or as an object array if it is not numeric."""
    if is_number(values):
        found: npt.NDArray[Any] = values.to_numpy(zero_copy_only=False)
        return found
    return np.array([*objects(values), None], dtype=object)[:-1]


def objects(values: pa.Array) -> list[Any]:
    """Returns a leaf as Python objects; invalid UTF-8 is decoded with ``surrogateescape``.

    A value without a Python object, such as a date in the year 20000, becomes :data:`NO_OBJECT`.
    """
    try:
        found: list[Any] = values.to_pylist()
    except UnicodeDecodeError:
        data = pc.cast(values, pa.large_binary()).to_pylist()
        return [None if d is None else d.decode("utf-8", "surrogateescape") for d in data]
    except Exception:  # Arrow's many types raise many errors
        return [_object(values, i) for i in range(len(values))]
    return found


def _object(values: pa.Array, i: int) -> Any:
    try:
        return values[i].as_py()
    except Exception:
        return NO_OBJECT
