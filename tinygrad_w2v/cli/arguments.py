"""The command-line parser, built from the tables of options and of settings."""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from tinygrad_w2v.cli.options import (
    COMMANDS,
    COMMON,
    DESCRIPTION,
    EPILOG,
    OPTIONS,
    PROGRAM,
    TRAIN_GROUPS,
)
from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.word2vec.settings import SETTINGS, Setting, Values, integers

_LARGEST = 2**31 - 1  # of any integer option: larger ones overflow somewhere


class Parser(argparse.ArgumentParser):
    """An argument parser that reports a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the mistake and how to get help, and exit with status 2."""
        hint = self._nearest(message)
        message = " ".join(message.splitlines()) + (f" ({hint})" if hint else "")
        print(f"{self.prog}: error: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(2)

    def _nearest(self, message: str) -> str:
        """Return a suggestion for an unknown option or command, or an empty string."""
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            known = [option for action in self._actions for option in action.option_strings]
            return nearest_names(unknown.split("=")[0].split()[0], known)
        choice = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if choice:
            return nearest_names(choice[1], re.findall(r"[\w-]+", choice[2]))
        return ""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """Refuse unknown options here, where the command's own options are known."""
        parsed, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return parsed, rest


def build_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog=PROGRAM,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    for name, text in COMMANDS.items():
        purpose, _, examples = text.partition("\n")
        command = commands.add_parser(
            name,
            help=purpose,
            description=purpose[0].upper() + purpose[1:] + ".",
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        _add(command, OPTIONS[name])
        for section in (
            ("corpus", "model", "loss", "optimizer", "training", "cluster", "output")
            if name == "train"
            else ()
        ):
            group = command.add_argument_group(section)
            for setting_name, setting in SETTINGS.items():
                if setting.section == section:
                    _add_setting(group, setting_name, setting)
            _add(group, TRAIN_GROUPS.get(section, {}))
        _add(command, COMMON)
    return parser


def _add(group: argparse._ActionsContainer, options: Mapping[str, dict[str, Any]]) -> None:
    for flags, keywords in options.items():
        if "least" in keywords:
            name = flags.split()[-1].removeprefix("--")
            kind = _reader(name, integers(keywords["least"]))
            keywords = {"type": kind, **{k: v for k, v in keywords.items() if k != "least"}}
        group.add_argument(*flags.split(), **keywords)


def _add_setting(group: argparse._ArgumentGroup, name: str, setting: Setting) -> None:
    """Add the option of a setting, which is absent from the namespace unless it is given."""
    values, default = setting.values, setting.default
    shown = setting.default_text or (f"{default:g}" if isinstance(default, float) else default)
    suffix = "" if isinstance(default, bool) else f" (default: {shown})"
    options: dict[str, Any] = {
        "default": argparse.SUPPRESS,
        "help": f"{setting.help}{suffix}".replace("%", "%%"),
    }
    flag = "--" + name.replace("_", "-")
    if values.parse is bool:
        group.add_argument(flag, action="store_true", **options)
    elif values.choices:
        group.add_argument(flag, choices=values.choices, **options)
    elif name == "text":
        group.add_argument(name, nargs="*", metavar="TEXT", **options)
    else:
        metavar = "N" if values.parse is int else "X" if values.parse is float else "FILE"
        group.add_argument(flag, type=_reader(name, values), metavar=metavar, **options)


def _reader(name: str, values: Values) -> Callable[[str], Any]:
    """Return the function that converts and checks an argument's text."""

    def read(text: str) -> Any:
        value: Any = text  # what cannot be parsed fails the check
        with contextlib.suppress(ValueError):
            value = values.parse(text)
        try:
            values.check(name, value)
        except InputError as error:
            raise argparse.ArgumentTypeError(str(error).removeprefix(f"{name} is ")) from None
        if isinstance(value, int) and value > _LARGEST:
            raise argparse.ArgumentTypeError(f"{value} is too large: use at most {_LARGEST:,}")
        return value

    return read
