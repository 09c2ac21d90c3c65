"""The error of an invalid option."""

from __future__ import annotations


class OptionError(ValueError):
    """An option that cannot be used.

    Attributes:
        option: its name, as in the class or function that takes it
    """

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option
