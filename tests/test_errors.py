from __future__ import annotations

import pytest

from tinygrad_w2v.errors import InputError, MissingExtraError, nearest_names


def test_input_error_is_a_value_error() -> None:
    assert issubclass(InputError, ValueError)


def test_missing_extra_error_names_the_command() -> None:
    assert str(MissingExtraError("rich", "cli", "progress bars")) == (
        "rich is needed for progress bars and is not installed: pip install 'tinygrad-w2v[cli]'"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("--dimm", "did you mean --dim?"),
        ("--lrr", "did you mean --lr?"),
        ("--min-vocab", "did you mean --max-vocab or --min-count?"),
        ("nothing", ""),
    ],
)
def test_nearest_names_suggests_only_similar_names(name: str, hint: str) -> None:
    assert nearest_names(name, ["--dim", "--lr", "--max-vocab", "--min-count"]) == hint
