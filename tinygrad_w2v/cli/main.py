"""The entry point: parse, run one command, and turn errors into one line and a status."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Sequence

from tinygrad_w2v.cli.arguments import PROGRAM, build_parser
from tinygrad_w2v.cli.exit_status import PIPE_CLOSED, SIGNALLED, USAGE_ERROR
from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.runtime.files import describe_os_error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    name = ""
    try:
        _print_any_word()
        arguments = build_parser().parse_args(argv)
        name = f" {arguments.command}"
        # Only the chosen command is imported, so that --help answers at once.
        command = importlib.import_module(f"tinygrad_w2v.cli.{arguments.command}")
        status: int = command.run(arguments)
        sys.stdout.flush()
        return status
    except (InputError, MissingExtraError) as error:
        return _fail(name, str(error))
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`: nobody to tell.
        _abandon_output()
        return PIPE_CLOSED
    except OSError as error:
        reason = describe_os_error(error)
        if error.filename:
            return _fail(name, f"{error.filename}: {reason}; check the path and its permissions")
        # The library reports its files' errors itself; what has no name is our output.
        _abandon_output()
        return _fail(name, f"cannot write to standard output: {reason}; send it to another place")
    except MemoryError as error:
        detail = f" ({error})" if str(error) else ""
        return _fail(
            name, f"out of memory{detail}: choose fewer dimensions, or fewer words (--max-vocab)"
        )
    except KeyboardInterrupt as error:
        _say(f"{PROGRAM}{name}: {str(error) or 'interrupted'}", after_echo=True)
        return SIGNALLED + int(getattr(error, "number", signal.SIGINT))


def _fail(name: str, message: str) -> int:
    _say(f"{PROGRAM}{name}: error: {message}")
    return USAGE_ERROR


def _say(message: str, after_echo: bool = False) -> None:
    """Print one line, whatever is in it; on a terminal not on the line where ``^C`` stands."""
    start = "\n" if after_echo and sys.stderr.isatty() else ""
    print(start + " ".join(message.splitlines()), file=sys.stderr)


def _print_any_word() -> None:
    """Show what the terminal's encoding lacks as an escape, instead of failing on it."""
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _abandon_output() -> None:
    """Drop what cannot be printed, so that Python does not fail on it again at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
