"""The options of every command, with their defaults, ranges and examples."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable
from typing import NoReturn

from tinygrad_w2v.errors import nearest_names
from tinygrad_w2v.word2vec.presets import PRESETS

PROGRAM = "tinygrad-w2v"
DEFAULT_VECTORS = "vectors.txt"

DEFAULT_TEXT_EPOCHS = 20  # the built-in text is small; a text of one's own gets 5


class Parser(argparse.ArgumentParser):
    """An argument parser that answers a mistake with one line."""

    def error(self, message: str) -> NoReturn:
        """Print the mistake and how to get help, and exit with status 2."""
        hint = self._nearest(message)
        message = " ".join(message.splitlines()) + (f" ({hint})" if hint else "")
        print(f"{self.prog}: error: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(2)

    def _nearest(self, message: str) -> str:
        """Return what may have been meant by an unknown option or command, or nothing."""
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            known = [option for action in self._actions for option in action.option_strings]
            return nearest_names(unknown.split("=")[0].split()[0], known)
        choice = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if choice:
            return nearest_names(choice[1], re.findall(r"[\w-]+", choice[2]))
        return ""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """Refuse unknown options here, where their neighbours are known."""
        parsed, rest = super().parse_known_args(args, namespace)
        flags = {argument.split("=")[0] for argument in args or ()}
        given = {a.dest for a in self._actions if flags & set(a.option_strings)}
        parsed.given = given | getattr(parsed, "given", set())  # a command's own, and these
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return parsed, rest


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
        if value > _MOST:
            raise argparse.ArgumentTypeError(f"{text!r} is too large: use at most {_MOST:,}")
        return value

    return read


def _number(low: float, high: float, wanted: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
        return value

    return read


_MOST = 2**31 - 1  # of any count: larger ones overflow somewhere
_POSITIVE = _number(sys.float_info.min, sys.float_info.max, "a number above 0")
_FRACTION = _number(0.0, 1.0, "a number from 0 to 1")
_LIMIT = _number(0.0, sys.float_info.max, "a number above 0, or 0 for no limit")


def build_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog=PROGRAM,
        description="Train word vectors on any text, look at them and measure them.",
        epilog=(
            "examples:\n"
            "  tinygrad-w2v train                      train on the documentation of this Python\n"
            "  tinygrad-w2v similar array              neighbours in the vectors just trained\n"
            "  tinygrad-w2v COMMAND --help             options and examples of a command"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    _add_train(commands)
    _add_similar(commands)
    _add_evaluate(commands)
    _add_ops(commands)
    _add_opcheck(commands)
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
        help="a TOML or JSON file that describes the training; every training writes a complete "
        "one beside its vectors, as VECTORS.run.toml",
    )
    parser.add_argument(
        "--preset",
        choices=list(PRESETS),
        help="take other defaults for all options that are not given: "
        + "; ".join(f"{name}, {preset.purpose}" for name, preset in PRESETS.items())
        + " (default: those named below)",
    )
    text = parser.add_argument_group("text")
    text.add_argument(
        "text",
        nargs="*",
        metavar="TEXT",
        help="files or directories, .gz, .bz2 and .xz too, or - for standard input; a sentence or "
        "paragraph a line, words separated by spaces (default: the documentation of the Python on "
        "this machine)",
    )
    _add(text, "--min-count", _whole(1), 5, "N", "drop words that occur less often")
    _add(text, "--max-vocab", _whole(1), None, "N", "keep at most so many words, the most frequent")
    text.add_argument(
        "--errors",
        choices=["strict", "replace"],
        default="strict",
        help="what to do with bytes that are not UTF-8: stop, or go on with U+FFFD in their place "
        "(default: strict)",
    )
    model = parser.add_argument_group("model")
    model.add_argument(
        "--model",
        choices=["cbow", "skipgram"],
        default="cbow",
        help="predict a word from its context, or the context from a word (default: cbow)",
    )
    _add(model, "--dim", _whole(1), 100, "N", "size of the vectors")
    _add(model, "--window", _whole(1), 5, "N", "words to each side that are context, at most")
    _add(model, "--negative", _whole(1), 10, "N", "random words each word is told apart from")
    _add(
        model,
        "--shared",
        _whole(0),
        96,
        "N",
        "how many of them are drawn for a block of words together, weighing less each; 0 draws "
        "each word's alone",
    )
    _add(model, "--block", _whole(1), 64, "N", "words that share them")
    _add(
        model,
        "--straight-through",
        _FRACTION,
        0.5,
        "SHARE",
        "how far each word of cbow's context gets the mean's gradient undivided: 0 is the "
        "derivative, 1 what word2vec does",
    )
    _add(model, "--sample", _FRACTION, 7e-5, "T", "threshold of subsampling; 0 keeps every word")
    training = parser.add_argument_group("training")
    training.add_argument(
        "--epochs",
        type=_whole(1),
        metavar="N",
        help=f"passes through the text (default: 5; {DEFAULT_TEXT_EPOCHS} for the built-in text)",
    )
    _add(training, "--lr", _POSITIVE, 0.09, "RATE", "learning rate at the start")
    _add(
        training,
        "--input-rate",
        _POSITIVE,
        2.5,
        "FACTOR",
        "the learning rate of the words' vectors, as a multiple of --lr",
    )
    _add(training, "--batch-tokens", _whole(3), 1024, "N", "words in a batch")
    _add(
        training,
        "--clip-row",
        _LIMIT,
        0.5,
        "LENGTH",
        "the longest step of a word's vector in one batch; 0 sets no limit",
    )
    _add(
        training,
        "--whiten",
        _FRACTION,
        0.0,
        "SHARE",
        "how far the directions of the vectors are made equally strong in the end, from 0 to 1",
    )
    _add(
        training,
        "--seed",
        _whole(0),
        1,
        "N",
        "same seed, same vectors, with one thread or --reproducible",
    )
    training.add_argument(
        "--backend",
        choices=["auto", "numpy", "numba"],
        default="auto",
        help="what runs the hot routines; auto is numba where it is installed (default: auto)",
    )
    _add(training, "--threads", _whole(1), 1, "N", "workers that train side by side")
    training.add_argument(
        "--reproducible",
        action="store_true",
        help="have several workers wait for each other in each step, so that the same seed gives "
        "the same vectors; takes some sixth longer",
    )
    training.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint of an interrupted training"
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "-o",
        "--output",
        default=DEFAULT_VECTORS,
        metavar="FILE",
        help=f"where the vectors go (default: {DEFAULT_VECTORS})",
    )
    output.add_argument(
        "--format",
        choices=["text", "binary"],
        help="word2vec's text or binary format (default: binary for .bin, else text)",
    )
    output.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _add(
    group: argparse._ActionsContainer,
    flag: str,
    read: Callable[[str], float],
    default: float | None,
    metavar: str,
    purpose: str,
) -> None:
    shown = "no limit" if default is None else f"{default:g}"
    group.add_argument(
        flag, type=read, default=default, metavar=metavar, help=f"{purpose} (default: {shown})"
    )


def _add_vectors_option(parser: Parser) -> None:
    parser.add_argument(
        "-v",
        "--vectors",
        default=DEFAULT_VECTORS,
        metavar="FILE",
        help=f"the vectors, text or binary (default: {DEFAULT_VECTORS})",
    )


def _add_similar(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "similar",
        "list the words nearest to a word",
        "  tinygrad-w2v similar array\n"
        "  tinygrad-w2v similar king woman --minus man -v vectors.bin",
    )
    parser.add_argument("words", nargs="+", metavar="WORD", help="words whose vectors are added up")
    parser.add_argument(
        "--minus", nargs="+", default=[], metavar="WORD", help="words whose vectors are subtracted"
    )
    _add_vectors_option(parser)
    parser.add_argument(
        "-n", "--topn", type=_whole(1), default=10, metavar="N", help="how many (default: 10)"
    )


def _add_evaluate(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "evaluate",
        "measure vectors by human judgements of similarity and by analogies",
        "  tinygrad-w2v evaluate vectors.txt --pairs wordsim353.tsv "
        "--analogies questions-words.txt",
    )
    parser.add_argument(
        "vectors",
        nargs="?",
        default=DEFAULT_VECTORS,
        metavar="VECTORS",
        help=f"the vectors, text or binary (default: {DEFAULT_VECTORS})",
    )
    parser.add_argument(
        "--pairs",
        action="append",
        default=[],
        metavar="FILE",
        help="word pairs with scores, such as WordSim-353; may be repeated",
    )
    parser.add_argument(
        "--analogies", metavar="FILE", help="questions in the form of questions-words.txt"
    )
    parser.add_argument(
        "--restrict-vocab",
        type=_whole(1),
        default=30000,
        metavar="N",
        help="use only the N most frequent words for analogies (default: 30000)",
    )


def _add_ops(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "ops",
        "list the registered ops: their inputs, and what their rules keep",
        "  tinygrad-w2v ops\n  tinygrad-w2v ops embedding softmax",
    )
    parser.add_argument("ops", nargs="*", metavar="OP", help="names of ops (default: all)")


def _add_opcheck(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "opcheck",
        "check an op: its gradients to second order, memory, dtypes and threads",
        "  tinygrad-w2v opcheck tanh\n  tinygrad-w2v opcheck mypackage.ops:gelu",
    )
    parser.add_argument(
        "ops",
        nargs="+",
        metavar="OP",
        help="an op as MODULE:NAME, or the name of one that comes with the package",
    )
    _add(parser, "--seed", _whole(0), 0, "N", "of the samples and cotangents")
