"""Rows of a table that are excluded from training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v import nn
from tinygrad_w2v.nn.frozen_rows import freeze_rows


@pytest.mark.parametrize("rows", [[0, 3], np.array([True, False, False, True])])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("is_dense", [False, True])
def test_frozen_rows_do_not_move(rows: Any, optimizer: str, is_dense: bool) -> None:
    table = nn.Embedding(4, 2, rng=0)
    handle = freeze_rows(table.weight, rows)
    before = table.weight.detach().numpy().copy()
    step = getattr(tg.optim, optimizer)(table.parameters(), lr=0.1)

    def train() -> list[bool]:
        step.zero_grad()
        loss = (table.weight * table.weight).sum() if is_dense else table([0, 1, 3, 3]).sum()
        loss.backward()
        step.step()
        return (table.weight.detach().numpy() != before).any(axis=1).tolist()

    assert train() == [False, True, is_dense, False]
    handle.remove()
    assert train() == [True, True, is_dense, True]
