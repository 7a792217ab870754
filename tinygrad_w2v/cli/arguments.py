"""The command-line parser; the options of ``train`` derive from the table of settings."""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
from collections.abc import Callable, Mapping
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


def _option(purpose: str, metavar: str = "", **keywords: Any) -> dict[str, Any]:
    """Return the keywords of ``add_argument``; the help states the default."""
    if keywords.get("default") not in (None, [], argparse.SUPPRESS):
        purpose += f" (default: {keywords['default']})"
    return {"help": purpose, **({"metavar": metavar} if metavar else {}), **keywords}


def _vectors(metavar: str, **keywords: Any) -> dict[str, Any]:
    purpose = "file of vectors, text or binary"
    return _option(purpose, metavar, default=DEFAULT_VECTORS, **keywords)


_PRESETS = "; ".join(f"{name}: {preset.purpose}" for name, preset in PRESETS.items())

# The options of each command by their flags. An integer has a key "least".
_OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "train": {
        "--config": _option(
            "run file (TOML or JSON) that describes the training, in sections named as the groups "
            "below; every training writes a complete one to VECTORS.run.toml",
            "FILE",
        ),
        "--allow": _option(
            "a module of your own, package.module, or a class or function in one, "
            "package.module:name, that the file may name; nothing else is imported; may be "
            "repeated",
            "PATH",
            action="append",
            default=[],
        ),
        "--preset": _option(
            f"replace the defaults of the options below; {_PRESETS} (default: none)",
            choices=list(PRESETS),
            default=argparse.SUPPRESS,
        ),
    },
    "similar": {
        "words": _option("words whose vectors are added", "WORD", nargs="+"),
        "--minus": _option("words whose vectors are subtracted", "WORD", nargs="+", default=[]),
        "-v --vectors": _vectors("FILE"),
        "-n --topn": _option("number of words to list", "N", default=10, least=1),
    },
    "evaluate": {
        "vectors": _vectors("VECTORS", nargs="?"),
        "--pairs": _option(
            "word pairs with similarity scores, such as WordSim-353; may be repeated",
            "FILE",
            action="append",
            default=[],
        ),
        "--analogies": _option("questions in the format of questions-words.txt", "FILE"),
        "--restrict-vocab": _option(
            "use only the N most frequent words for analogies", "N", default=30000, least=1
        ),
    },
    "ops": {"ops": _option("names of ops (default: all)", "OP", nargs="*")},
    "opcheck": {
        "ops": _option("an op as MODULE:NAME, or the name of a registered one", "OP", nargs="+"),
        "--seed": _option("random seed of the samples and cotangents", "N", default=0, least=0),
    },
}

# Options of ``train`` besides the settings, by group.
_TRAIN_GROUPS: dict[str, dict[str, dict[str, Any]]] = {
    "training": {
        "--backend": _option(
            "implementation of the kernels; auto is numba if it is installed",
            choices=["auto", "numpy", "numba"],
            default="auto",
        ),
        "--resume": _option(
            "continue from the checkpoint of an interrupted run", action="store_true"
        ),
    },
    "output": {
        "-o --output": _option("file for the vectors", "FILE", default=DEFAULT_VECTORS),
        "--format": _option(
            "word2vec's text or binary format (default: binary for .bin, else text)",
            choices=["text", "binary"],
        ),
        "--quiet": _option("print only errors", action="store_true"),
    },
}

# The purpose and the examples of each command.
_COMMANDS = {
    "train": """train word vectors on text
  tinygrad-w2v train
  tinygrad-w2v train corpus.txt.gz -o vectors.txt --dim 100 --window 5 --epochs 5
  tinygrad-w2v train folder/ more.txt.bz2 -o vectors.bin --model skipgram
  zcat corpus.txt.gz | tinygrad-w2v train - -o vectors.bin
  tinygrad-w2v train corpus.txt.gz --preset classic --model skipgram --epochs 3
  tinygrad-w2v train --config vectors.txt.run.toml -o again.txt""",
    "similar": """list the words nearest to a word
  tinygrad-w2v similar array
  tinygrad-w2v similar king woman --minus man -v vectors.bin""",
    "evaluate": """evaluate vectors on word similarity and analogies
  tinygrad-w2v evaluate vectors.txt --pairs wordsim353.tsv --analogies questions-words.txt""",
    "ops": """list the registered ops: their inputs, and what their backward rules save
  tinygrad-w2v ops
  tinygrad-w2v ops embedding softmax""",
    "opcheck": """check an op: first and second derivatives, memory, dtypes and threads
  tinygrad-w2v opcheck tanh
  tinygrad-w2v opcheck mypackage.ops:gelu""",
}


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
    for name, text in _COMMANDS.items():
        purpose, _, examples = text.partition("\n")
        command = commands.add_parser(
            name,
            help=purpose,
            description=purpose[0].upper() + purpose[1:] + ".",
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        _add(command, _OPTIONS[name])
        for section in (
            ("corpus", "model", "loss", "optimizer", "training", "output")
            if name == "train"
            else ()
        ):
            group = command.add_argument_group(section)
            for setting_name, setting in SETTINGS.items():
                if setting.section == section:
                    _add_setting(group, setting_name, setting)
            _add(group, _TRAIN_GROUPS.get(section, {}))
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
        metavar = "N" if values.parse is int else "X"
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
