from __future__ import annotations

import argparse
import inspect
from typing import get_args

import pytest

from tests.cli.commands import assert_refused, call
from tinygrad_w2v.cli import options
from tinygrad_w2v.cli.arguments import build_parser
from tinygrad_w2v.training.cluster.merging import RULES
from tinygrad_w2v.training.cluster.packing import Kind
from tinygrad_w2v.training.cluster.trainer import ClusterTrainer
from tinygrad_w2v.word2vec.cluster import Cluster
from tinygrad_w2v.word2vec.vectors import formats

COMMANDS = next(
    action.choices
    for action in build_parser()._actions
    if isinstance(action, argparse._SubParsersAction)
)


@pytest.mark.parametrize("command", list(COMMANDS))
def test_help_names_every_default(command: str) -> None:
    for action in COMMANDS[command]._actions:
        if action.option_strings and action.nargs is None and action.default not in ([], None):
            assert "(default: " in action.help


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parser = COMMANDS[command] if command else build_parser()
    assert max(map(len, parser.format_help().splitlines())) < 80


def test_formats_of_options_are_those_of_the_library() -> None:
    assert tuple(options.FORMATS) == formats.FORMATS


def test_options_of_the_cluster_are_those_of_the_library() -> None:
    trainer = inspect.signature(ClusterTrainer).parameters
    defaults = COMMANDS["train"].parse_args([])
    for name in ("workers", "merge", "packing", "overlap", "timeout"):
        assert getattr(defaults, name) == getattr(Cluster(), name) == trainer[name].default
    declared = options.TRAIN_GROUPS["cluster"]
    assert declared["--merge"]["choices"] == list(RULES)[::-1]
    assert declared["--packing"]["choices"] == list(get_args(Kind))


def test_short_output_option() -> None:
    assert build_parser().parse_args(["train", "-o", "x.bin"]).output == "x.bin"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("train --dim 0", "argument --dim: 0: it must be an integer of at least 1"),
        ("train --dim 1.5", "argument --dim: '1.5': it must be an integer of at least 1"),
        ("train --dim 99999999999", "argument --dim: 99999999999 is too large: use at most"),
        ("train --batch-tokens 2", "argument --batch-tokens: 2: it must be an integer of at l"),
        ("train --seed -1", "argument --seed: -1: it must be an integer of at least 0"),
        ("train --lr -0.1", "argument --lr: -0.1: it must be a number above 0"),
        ("train --lr 0", "argument --lr: 0.0: it must be a number above 0"),
        ("train --lr nan", "argument --lr: nan: it must be a number above 0"),
        ("train --lr inf", "argument --lr: inf: it must be a number above 0"),
        ("train --clip-row -1", "-1.0: it must be a number of at least 0; see"),
        ("train --preset clasic", "argument --preset: invalid choice: 'clasic'"),
        ("train --preset clasic", "(did you mean classic?); see tinygrad-w2v train --help"),
        ("train --sample 1.5", "argument --sample: 1.5: it must be a number from 0 to 1"),
        ("train --dim", "argument --dim: expected one argument"),
        ("train --model glove", "argument --model: invalid choice: 'glove' (choose from "),
        ("train --model skip-gram", "(did you mean skipgram?); see tinygrad-w2v train --help"),
        ("train --dimm 5", "unrecognized arguments: --dimm (did you mean --dim?); see"),
        ("train --dimm=5", "unrecognized arguments: --dimm=5 (did you mean --dim?); see"),
        ("train --zzz", "unrecognized arguments: --zzz; see tinygrad-w2v train --help"),
        ("similar x --top 3", "unrecognized arguments: --top 3 (did you mean --topn?); see"),
        ("similar x -n 0", "argument -n/--topn: 0: it must be an integer of at least 1"),
        ("analogy a b", "the following arguments are required: C"),
        ("completion ksh", "argument shell: invalid choice: 'ksh'"),
        ("evaluate --pair x", "unrecognized arguments: --pair (did you mean --pairs?); see"),
        ("trian", "invalid choice: 'trian' (choose from "),
        ("trian", "(did you mean train?); see tinygrad-w2v --help"),
        ("", "the following arguments are required: COMMAND; see tinygrad-w2v --help"),
    ],
)
def test_mistake_is_one_line_with_suggestion(
    capsys: pytest.CaptureFixture[str], argv: str, message: str
) -> None:
    assert_refused(call(capsys, *argv.split()), message)


def test_line_end_in_mistake_is_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(call(capsys, "train", "--bad\noption"), "--bad option")
