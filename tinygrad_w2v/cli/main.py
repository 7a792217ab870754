"""The entry point: parse, run one command, and turn errors into one line and a status."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Sequence

from tinygrad_w2v.cli.arguments import PROGRAM, build_parser
from tinygrad_w2v.cli.exit_status import INTERRUPTED, PIPE_CLOSED, USAGE_ERROR
from tinygrad_w2v.errors import InputError, MissingExtraError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = build_parser().parse_args(argv)
    # Only the chosen command is imported, so that --help answers at once.
    command = importlib.import_module(f"tinygrad_w2v.cli.{arguments.command}")
    try:
        status: int = command.run(arguments)
        sys.stdout.flush()
        return status
    except (InputError, MissingExtraError) as error:
        return _fail(arguments.command, str(error))
    except BrokenPipeError:
        # The reader of our output has gone (as with `| head`); keep Python from saying so.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        return _fail(arguments.command, f"{error.strerror or error}{place}")
    except KeyboardInterrupt:
        print(f"\n{PROGRAM} {arguments.command}: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED


def _fail(command: str, message: str) -> int:
    print(f"{PROGRAM} {command}: error: {message}", file=sys.stderr)
    return USAGE_ERROR
