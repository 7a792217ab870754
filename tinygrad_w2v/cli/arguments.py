"""The command-line parser; the options of ``train`` derive from the table of settings."""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.word2vec.presets import PRESETS
from tinygrad_w2v.word2vec.settings import SETTINGS, Setting, Values, integers

PROGRAM = "tinygrad-w2v"
DEFAULT_VECTORS = "vectors.txt"

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
        description="Train word vectors on any text, query them and evaluate them.",
        epilog=(
            "examples:\n"
            "  tinygrad-w2v train                      train on the documentation of this Python\n"
            "  tinygrad-w2v similar array              neighbours in the vectors just trained\n"
            "  tinygrad-w2v COMMAND --help             options and examples of a command"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    for add in (_add_train, _add_similar, _add_evaluate, _add_ops, _add_opcheck):
        add(commands)
    return parser


def _command(
    commands: argparse._SubParsersAction[Parser], name: str, purpose: str, examples: str
) -> Parser:
    return commands.add_parser(
        name,
        help=purpose,
        description=purpose[0].upper() + purpose[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_train(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "train",
        "train word vectors on text",
        "  tinygrad-w2v train\n"
        "  tinygrad-w2v train corpus.txt.gz -o vectors.txt --dim 100 --window 5 --epochs 5\n"
        "  tinygrad-w2v train folder/ more.txt.bz2 -o vectors.bin --model skipgram\n"
        "  zcat corpus.txt.gz | tinygrad-w2v train - -o vectors.bin\n"
        "  tinygrad-w2v train corpus.txt.gz --preset classic --model skipgram --epochs 3\n"
        "  tinygrad-w2v train --config vectors.txt.run.toml -o again.txt",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="run file (TOML or JSON) that describes the training, in sections named as the "
        "groups below; every training writes a complete one to VECTORS.run.toml",
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="PATH",
        help="a module of your own, package.module, or a class or function in one, "
        "package.module:name, that the file may name; nothing else is imported; may be repeated",
    )
    parser.add_argument(
        "--preset",
        choices=list(PRESETS),
        default=argparse.SUPPRESS,
        help="replace the defaults of the options below; "
        + "; ".join(f"{name}: {preset.purpose}" for name, preset in PRESETS.items())
        + " (default: none)",
    )
    for section in ("corpus", "model", "loss", "optimizer", "training"):
        group = parser.add_argument_group(section)
        for name, setting in SETTINGS.items():
            if setting.section == section:
                _add_setting(group, name, setting)
    group.add_argument(
        "--backend",
        choices=["auto", "numpy", "numba"],
        default="auto",
        help="implementation of the kernels; auto is numba if it is installed (default: auto)",
    )
    group.add_argument(
        "--resume", action="store_true", help="continue from the checkpoint of an interrupted run"
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "-o",
        "--output",
        default=DEFAULT_VECTORS,
        metavar="FILE",
        help=f"file for the vectors (default: {DEFAULT_VECTORS})",
    )
    output.add_argument(
        "--format",
        choices=["text", "binary"],
        help="word2vec's text or binary format (default: binary for .bin, else text)",
    )
    output.add_argument("--quiet", action="store_true", help="print only errors")


def _add_setting(group: argparse._ArgumentGroup, name: str, setting: Setting) -> None:
    """Add the option of a setting, which is absent from the namespace unless it is given."""
    values, default = setting.values, setting.default
    shown = setting.default_text or (f"{default:g}" if isinstance(default, float) else default)
    suffix = "" if isinstance(default, bool) else f" (default: {shown})"
    options: dict[str, Any] = {
        "default": argparse.SUPPRESS,
        "help": f"{setting.help}{suffix}".replace("%", "%%"),
    }
    if values.parse is bool:
        group.add_argument(_flag(name), action="store_true", **options)
    elif values.choices:
        group.add_argument(_flag(name), choices=values.choices, **options)
    elif name == "text":
        group.add_argument(name, nargs="*", metavar="TEXT", **options)
    else:
        metavar = "N" if values.parse is int else "X"
        group.add_argument(_flag(name), type=_reader(name, values), metavar=metavar, **options)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


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


def _add_integer(
    parser: Parser, flags: tuple[str, ...], least: int, default: int, purpose: str
) -> None:
    name = flags[-1].removeprefix("--")
    parser.add_argument(
        *flags,
        type=_reader(name, integers(least)),
        default=default,
        metavar="N",
        help=f"{purpose} (default: {default})",
    )


def _add_similar(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "similar",
        "list the words nearest to a word",
        "  tinygrad-w2v similar array\n"
        "  tinygrad-w2v similar king woman --minus man -v vectors.bin",
    )
    parser.add_argument("words", nargs="+", metavar="WORD", help="words whose vectors are added")
    parser.add_argument(
        "--minus", nargs="+", default=[], metavar="WORD", help="words whose vectors are subtracted"
    )
    parser.add_argument(
        "-v",
        "--vectors",
        default=DEFAULT_VECTORS,
        metavar="FILE",
        help=f"file of vectors, text or binary (default: {DEFAULT_VECTORS})",
    )
    _add_integer(parser, ("-n", "--topn"), 1, 10, "number of words to list")


def _add_evaluate(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "evaluate",
        "evaluate vectors on word similarity and analogies",
        "  tinygrad-w2v evaluate vectors.txt --pairs wordsim353.tsv "
        "--analogies questions-words.txt",
    )
    parser.add_argument(
        "vectors",
        nargs="?",
        default=DEFAULT_VECTORS,
        metavar="VECTORS",
        help=f"file of vectors, text or binary (default: {DEFAULT_VECTORS})",
    )
    parser.add_argument(
        "--pairs",
        action="append",
        default=[],
        metavar="FILE",
        help="word pairs with similarity scores, such as WordSim-353; may be repeated",
    )
    parser.add_argument(
        "--analogies", metavar="FILE", help="questions in the format of questions-words.txt"
    )
    _add_integer(
        parser, ("--restrict-vocab",), 1, 30000, "use only the N most frequent words for analogies"
    )


def _add_ops(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "ops",
        "list the registered ops: their inputs, and what their backward rules save",
        "  tinygrad-w2v ops\n  tinygrad-w2v ops embedding softmax",
    )
    parser.add_argument("ops", nargs="*", metavar="OP", help="names of ops (default: all)")


def _add_opcheck(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "opcheck",
        "check an op: first and second derivatives, memory, dtypes and threads",
        "  tinygrad-w2v opcheck tanh\n  tinygrad-w2v opcheck mypackage.ops:gelu",
    )
    parser.add_argument(
        "ops",
        nargs="+",
        metavar="OP",
        help="an op as MODULE:NAME, or the name of a registered one",
    )
    _add_integer(parser, ("--seed",), 0, 0, "random seed of the samples and cotangents")
