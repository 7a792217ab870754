"""The command that lists the registered ops."""

import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.cli import main


def test_every_op_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["op", "inputs", "order", "saved", "for", "backward"]
    assert {line.split()[0] for line in lines[1:]} == set(tg.registered_ops())


def test_line_shows_what_each_rule_saves(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", "multiply", "tanh", "less", "concatenate"]) == 0
    found = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "a: b; b: a" in found["multiply"]
    assert "x: out" in found["tanh"]
    assert "none" in found["less"]
    assert "*arrays" in found["concatenate"]


def test_unknown_op_gets_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", "tanhh"]) == 2
    assert "no op is named 'tanhh': did you mean tanh" in capsys.readouterr().err
