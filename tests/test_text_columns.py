"""What the first bytes of texts tell is what looking at each text would tell."""

from __future__ import annotations

import pyarrow as pa
import pytest
from fiftyone_action100m.core.labels import is_no_action, no_actions
from fiftyone_action100m.core.text_columns import blank, check_utf8, may_begin_with, single_blanks

TEXTS = ["a", "", " ", "\u2003", "\u00a0x", "\x1c", "\x00", "é", "日本", " n/a", "N/A", "n / a\n",
         "\u2003N/A\u00a0", "Next", "no/yes", "/", "\u0085", "🍵 N/A", "x" * 99]  # fmt: skip


@pytest.mark.parametrize("first", [0, 1, 7])
def test_blank_texts_and_no_actions_are_pythons(first):
    texts = pa.array(TEXTS, pa.string())[first:]  # begins in the middle of its buffers
    assert blank(texts).tolist() == [not t.strip() for t in TEXTS[first:]]
    assert no_actions(texts).tolist() == [is_no_action(t) for t in TEXTS[first:]]


@pytest.mark.parametrize("first", [0, 2, 5])
def test_blanks_are_single_as_pythons_split_has_them(first):
    texts = ["a  b", "a\n \tb", " a b  ", "\x1ca\x1fb", "a\x00 \x1bb  c", "é  日本", "a\u2003 b",
             "a\u0085\u00a0b  ", "plain"]  # fmt: skip
    texts += [f"a{chr(i)}b{chr(i)} {chr(i)}c" for i in range(0x100)]
    column = pa.array(texts, pa.string())[first:]
    assert single_blanks(column).to_pylist() == [" ".join(t.split()) for t in texts[first:]]
    assert single_blanks(column[:0]).to_pylist() == []
    single_blanks(column).validate(full=True)


def test_none_at_all():
    for texts in (pa.array([], pa.string()), pa.array(["", ""], pa.string())):
        check_utf8(texts)
        assert blank(texts).tolist() == [True] * len(texts)
        assert may_begin_with(texts, "Nn").tolist() == list(range(len(texts)))


@pytest.mark.parametrize(
    "parts", [[b"ok", b"\xff"], [b"\xc3", b"\xa9"], [b"a\xe6\x97", b"\xa5b"], [b"\xa9", b"ok"]]
)
def test_texts_that_are_good_only_one_after_the_other_are_refused(parts):
    data = b"".join(parts)
    ends = pa.array([0, len(parts[0]), len(data)], pa.int32()).buffers()[1]
    texts = pa.StringArray.from_buffers(2, ends, pa.py_buffer(data))
    with pytest.raises(pa.ArrowInvalid):
        check_utf8(texts)


def test_a_part_of_a_column_is_checked_by_itself():
    data = b"\xffok\xc3\xa9"
    ends = pa.array([0, 1, 3, 5], pa.int32()).buffers()[1]
    texts = pa.StringArray.from_buffers(3, ends, pa.py_buffer(data))
    check_utf8(texts[1:])
    with pytest.raises(pa.ArrowInvalid):
        check_utf8(texts)
