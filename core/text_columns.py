"""Tests and normalises whole columns of texts, reading few of their bytes.

Arrow's own kernels read every character of every text. For captions the first byte is mostly
enough; only the remaining texts are read further.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

BoolArray = npt.NDArray[np.bool_]

#: The last byte of ASCII's white space and control characters, and the first non-ASCII byte.
_BLANK, _NOT_ASCII = 0x20, 0x80

#: A continuation byte of UTF-8 is 10xxxxxx.
_KIND, _CONTINUATION = 0xC0, 0x80


def bounds(texts: pa.StringArray) -> npt.NDArray[np.int32]:
    """Returns the offset of each text in the column's bytes, and the end of the last one."""
    if not len(texts):
        return np.zeros(1, dtype=np.int32)
    found: npt.NDArray[np.int32] = np.frombuffer(
        texts.buffers()[1], np.int32, len(texts) + 1, 4 * texts.offset
    )
    return found


def first_bytes(texts: pa.StringArray) -> npt.NDArray[np.uint8]:
    """Returns each text's first byte, 0 for empty texts."""
    at, data = bounds(texts), _data(texts)
    if not len(data):
        return np.zeros(len(texts), dtype=np.uint8)
    found: npt.NDArray[np.uint8] = data[np.minimum(at[:-1], len(data) - 1)]
    found[at[1:] == at[:-1]] = 0
    return found


def check_utf8(texts: pa.StringArray) -> None:
    """Checks that all texts are UTF-8 together, in a tenth of the time of one by one.

    Raises:
        pa.ArrowInvalid: if one is not
    """
    at, data = bounds(texts), texts.buffers()[2]
    if at[0] == at[-1]:
        return
    ends = pa.py_buffer(at[[0, -1]].astype(np.int32))
    pa.StringArray.from_buffers(1, ends, data).validate(full=True)
    # All bytes together are UTF-8; each text is too, if none begins inside a character.
    if (first_bytes(texts) & _KIND == _CONTINUATION).any():
        raise pa.ArrowInvalid("a text begins inside a character")


def blank(texts: pa.StringArray) -> BoolArray:
    """Returns which texts are empty or blank; the column must not contain null."""
    first = first_bytes(texts)
    doubtful = np.flatnonzero((first <= _BLANK) | (first >= _NOT_ASCII))
    found = np.zeros(len(texts), dtype=bool)
    if len(doubtful):
        some = texts.take(pa.array(doubtful))
        found[doubtful] = pc.or_(
            pc.utf8_is_space(some), pc.equal(pc.binary_length(some), 0)
        ).to_numpy(zero_copy_only=False)
    return found


def may_begin_with(texts: pa.StringArray, letters: str) -> npt.NDArray[np.int64]:
    """Returns the positions of texts that may start with certain letters, possibly after blanks.

    Args:
        texts: the texts
        letters: ASCII letters

    Returns:
        all such texts, and some others
    """
    first = first_bytes(texts)
    wanted = (first <= _BLANK) | (first >= _NOT_ASCII)
    for letter in letters:
        wanted |= first == ord(letter)
    return np.flatnonzero(wanted)


def single_blanks(texts: pa.StringArray) -> pa.StringArray:
    """Returns ``" ".join(text.split())`` of each text; none may be blank or null."""
    texts = pc.utf8_trim_whitespace(texts)
    at = bounds(texts)
    data = _data(texts)[at[0] : at[-1]]
    if not len(data):
        return texts
    # Each white space character of ASCII becomes a blank, and of consecutive ones the first stays.
    empty = data <= _BLANK
    dropped = np.flatnonzero(empty[1:] & empty[:-1]) + 1
    ends = at - at[0]
    ends -= np.searchsorted(dropped, ends).astype(np.int32)
    left = pa.py_buffer(np.delete(np.maximum(data, _BLANK), dropped))
    found = pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), left)
    # Texts with other white space or control characters are split one by one.
    other = (data >= _NOT_ASCII) | (data < 0x09) | ((data > 0x0D) & (data < 0x1C))
    if other.any():
        which = pa.array(np.logical_or.reduceat(other, at[:-1] - at[0]))
        words = pc.utf8_split_whitespace(texts.filter(which))
        found = pc.replace_with_mask(found, which, pc.binary_join(words, " "))
    return found


def _data(texts: pa.StringArray) -> npt.NDArray[np.uint8]:
    data = texts.buffers()[2]
    return np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
