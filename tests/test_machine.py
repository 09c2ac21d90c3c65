"""The machine that a process runs on."""

from __future__ import annotations

import pytest
from fiftyone_action100m.core.machine import wait_for


def test_a_wait_raises_what_its_function_raises() -> None:
    done: list[int] = []
    wait_for(lambda: done.append(1))
    assert done == [1]

    def fail() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        wait_for(fail)
