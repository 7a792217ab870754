"""``python -m tests.torch_programs``: record the losses of all programs under PyTorch."""

from __future__ import annotations

import json

import torch

from tests.torch_programs.runner import PROGRAMS, RECORDED, run

torch.set_num_threads(1)
record = {
    "torch": torch.__version__,
    "command": "python -m tests.torch_programs",
    "losses": {path.stem: [float(f"{x:.7g}") for x in run(path)] for path in PROGRAMS},
}
lines = json.dumps(record, indent=1).replace("\n   ", " ").replace("\n  ]", "]")
RECORDED.write_text(lines + "\n", encoding="utf-8")
print(f"{len(PROGRAMS)} programs under PyTorch {torch.__version__}")
