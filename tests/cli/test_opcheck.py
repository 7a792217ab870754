from __future__ import annotations

from pathlib import Path

import pytest

from tinygrad_w2v.cli.arguments import build_parser
from tinygrad_w2v.cli.opcheck import run
from tinygrad_w2v.errors import InputError


def status(*words: str) -> int:
    return run(build_parser().parse_args(["opcheck", *words]))


def test_registered_op_is_found_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert status("tanh") == 0
    assert capsys.readouterr().out.startswith("opcheck of tanh: passed\n")


def test_custom_op_is_found_by_module_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own_ops_for_opcheck.py").write_text(
        "import numpy as np, tinygrad_w2v as tg\n"
        "halved = tg.op(lambda x: x / 2, name='doc_halved', x=lambda g: g * 2,\n"
        "               samples=lambda rng: [tg.Sample(rng.normal(size=3))])\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert status("own_ops_for_opcheck:halved") == 1
    assert "every entry is 4 times too large" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("tahn", "did you mean tan, tanh"),
        ("nowhere_at_all:gelu", "cannot import nowhere_at_all"),
        ("tinygrad_w2v.ops:gleu", "tinygrad_w2v.ops has no 'gleu': check its spelling"),
        ("tinygrad_w2v.ops:__name__", "is not an op but a str"),
    ],
)
def test_op_not_found_is_input_error(place: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        status(place)
