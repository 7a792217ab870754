"""Calls whose results are compared with PyTorch's, after ``manual_seed(SEED)``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SEED = 1234
NUMBERS = Path(__file__).with_name("numbers.json")

# To the bit.
EXACT = """
rand(5)
rand(2, 3, dtype=torch.float64)
rand(100000)[-4:]
rand(70000, dtype=torch.float64)[-4:]
rand(4, dtype=torch.float16)
empty(6).uniform_(-0.1, 0.1)
empty(6, dtype=torch.float64).uniform_(-0.1, 0.3)
empty(4, 3).t().uniform_()
rand_like(torch.ones(3))
randint(10, (8,))
randint(-5, 5, (2, 3))
randint(0, 2**28 - 1, (4,))
randint(0, 2**28, (4,))
randint(-2**62, 2**62, (4,))
randint(3, 9, (4,), dtype=torch.int32)
randint(0, 2**31 - 1, (4,), dtype=torch.int32)
randint(0, 5, (4,), dtype=torch.float32)
randint_like(torch.ones(4, dtype=torch.int16), 3, 9)
empty(4, dtype=torch.int64).random_()
empty(4, dtype=torch.int32).random_()
empty(4, dtype=torch.int16).random_()
empty(4, dtype=torch.uint8).random_()
empty(8, dtype=torch.bool).random_()
empty(4).random_()
empty(4, dtype=torch.float64).random_()
empty(4).random_(7)
empty(4).random_(3, 9)
randperm(10)
randperm(1)
randperm(0)
randperm(5000)[-4:]
randperm(100000)[:4]
bernoulli(torch.full((10,), 0.3))
bernoulli(torch.full((10,), 0.3, dtype=torch.float64))
bernoulli(torch.empty(10), 0.3)
empty(10).bernoulli_(0.3)
empty(10).bernoulli_(torch.full((10,), 0.3))
multinomial(torch.tensor([1.0, 2.0, 3.0, 4.0]), 10, replacement=True)
multinomial(torch.tensor([1.0, 2.0, 3.0, 4.0]), 3)
multinomial(torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]]), 1, True)
multinomial(torch.tensor([[1.0, 2.0, 3.0], [3.0, 1.0, 1.0]]), 4, True)
poisson(torch.tensor([0.0, 0.5, 3.0, 9.0, 12.0, 50.0, 1000.0]))
empty(8).geometric_(0.3)
get_rng_state()[:16]
initial_seed()
"""

# Within some units in the last place: PyTorch computes logarithms and sines by other routines.
CLOSE = """
randn(5)
randn(16)
randn(2, 3, 7)
randn(100000)[-20:]
randn(20, dtype=torch.float64)
randn_like(torch.ones(3))
empty(8).normal_(3, 2)
empty(40).normal_(-1, 0.02)
empty(8, 4).t().normal_()
normal(torch.arange(3.0), torch.arange(1.0, 4.0))
normal(2.0, torch.arange(1.0, 4.0))
normal(torch.arange(3.0))
normal(torch.tensor(1.0), torch.tensor(2.0))
normal(torch.tensor(1.0), 2.0)
normal(1.0, 3.0, (4,))
empty(6).exponential_(2.5)
empty(6, dtype=torch.float64).exponential_()
empty(6).cauchy_(1, 2)
empty(6).log_normal_(0.5, 0.7)
stack([torch.randn(3), torch.randn(3), torch.rand(3), torch.randn(3)])
"""

# Initial values, close as well.
LAYERS = """
nn.init.uniform_(torch.empty(3), -2, 2)
nn.init.normal_(torch.empty(20), 1, 0.1)
nn.init.trunc_normal_(torch.empty(8), 0.5, 1, -1, 1)
nn.init.trunc_normal_(torch.empty(8), 0, 1, 1, 1.5)
nn.init.xavier_uniform_(torch.empty(3, 4), gain=2)
nn.init.xavier_normal_(torch.empty(3, 4))
nn.init.kaiming_uniform_(torch.empty(3, 4), 0.1)
nn.init.kaiming_normal_(torch.empty(3, 4, 2), mode="fan_out", nonlinearity="relu")
nn.init.orthogonal_(torch.empty(3, 5))
nn.init.orthogonal_(torch.empty(5, 3), 2)
nn.init.sparse_(torch.empty(6, 3), 0.4)
nn.init.dirac_(torch.empty(4, 3, 3), groups=2)
nn.init.eye_(torch.empty(3, 2))
nn.init.constant_(torch.empty(2), 0.3)
nn.Linear(3, 2).weight
nn.Linear(3, 2).bias
nn.Bilinear(2, 3, 2).weight
nn.Embedding(5, 4).weight
nn.EmbeddingBag(5, 4).weight
nn.Conv1d(3, 2, 5).weight
nn.Conv2d(2, 4, 3, groups=2).bias
nn.RNN(3, 2).bias_hh_l0
nn.LSTM(2, 2, num_layers=2).bias_hh_l1
nn.GRU(3, 2, bidirectional=True).weight_hh_l0_reverse
nn.MultiheadAttention(4, 2).in_proj_weight
nn.MultiheadAttention(4, 2).out_proj.weight
nn.Dropout(0.3)(torch.ones(12))
nn.functional.dropout(torch.ones(12), 0.3)
nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))[2].bias
"""


def calls(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def result(call: str, torch: Any) -> tuple[str, Any]:
    """Return the dtype and the values of a call of the module `torch`."""
    torch.manual_seed(SEED)
    value = eval(f"torch.{call}", {"torch": torch})
    if isinstance(value, int):
        return "int", value
    return str(value.dtype).removeprefix("torch."), value.tolist()


if __name__ == "__main__":
    import torch

    stored = {call: result(call, torch) for call in calls(EXACT + CLOSE + LAYERS)}
    lines = ",\n".join(f"{json.dumps(call)}: {json.dumps(stored[call])}" for call in stored)
    NUMBERS.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
