"""The entry point: parse, run one command, and convert errors to one line and a status."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from tinygrad_w2v.cli.arguments import build_parser
from tinygrad_w2v.cli.interruption import SIGNALLED
from tinygrad_w2v.cli.options import PROGRAM
from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.runtime.files import describe_os_error

_USAGE_ERROR = 2  # bad input or options: one line on standard error, no file written
_PIPE_CLOSED = 141  # 128 + SIGPIPE


@contextlib.contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Print warnings without the place in the source."""

    def show(message: Warning | str, *rest: Any, **options: Any) -> None:
        print(f"{PROGRAM}: warning: {message}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


@_warnings_in_one_line()
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    name, is_verbose = "", False
    try:
        # Characters that the terminal's encoding lacks are printed as escapes.
        with contextlib.suppress(AttributeError, ValueError):
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        arguments = build_parser().parse_args(argv)
        name, is_verbose = f" {arguments.command}", arguments.verbose
        # Only the chosen command is imported, so that --help is fast.
        command = importlib.import_module(f"tinygrad_w2v.cli.{arguments.command}")
        status: int = command.run(arguments)
        sys.stdout.flush()
        return status
    except (InputError, MissingExtraError) as error:
        if isinstance(error.__cause__, BrokenPipeError):  # of /dev/stdout
            _discard_output()
            return _PIPE_CLOSED
        return _fail(name, str(error), is_verbose)
    except BrokenPipeError:
        # The reader of our output has closed it, as `| head` does.
        _discard_output()
        return _PIPE_CLOSED
    except OSError as error:
        reason = describe_os_error(error)
        if error.filename:
            place = f"{error.filename}: {reason}; check the path and its permissions"
            return _fail(name, place, is_verbose)
        # The library names the file in every error; without a name it is our output.
        _discard_output()
        return _fail(name, f"cannot write to standard output: {reason}; redirect it elsewhere")
    except MemoryError as error:
        detail = f" ({error})" if str(error) else ""
        return _fail(
            name,
            f"out of memory{detail}: choose fewer dimensions, or fewer words (--max-vocab)",
            is_verbose,
        )
    except KeyboardInterrupt as error:
        below_echo = "\n" if sys.stderr.isatty() else ""  # of ^C
        print(f"{below_echo}{PROGRAM}{name}: {str(error) or 'interrupted'}", file=sys.stderr)
        return SIGNALLED + int(getattr(error, "number", signal.SIGINT))


def _fail(name: str, message: str, is_verbose: bool = False) -> int:
    if is_verbose:
        traceback.print_exc()
    print(f"{PROGRAM}{name}: error: {' '.join(message.splitlines())}", file=sys.stderr)
    return _USAGE_ERROR


def _discard_output() -> None:
    """Discard what cannot be printed, so that Python does not fail on it again at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
