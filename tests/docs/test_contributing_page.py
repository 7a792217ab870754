"""CONTRIBUTING.md: the steps to a new op work as they are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_there_are_ten_steps() -> None:
    numbers = re.findall(r"^(\d+)\. \*\*", TEXT, flags=re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 11)]


def test_record_passes_its_check_and_its_test(tmp_path: Path) -> None:
    record, test = map(textwrap.dedent, re.findall(r"^   ```python\n(.*?)```", TEXT, re.M | re.S))
    family = (ROOT / "tinygrad_w2v/ops/activation.py").read_text(encoding="utf-8")
    imports = family[: family.index("@op(")]
    program = f"{imports}\n{record}\n{test}\ntest_gaussian_at_known_points()\n"
    program += "from tinygrad_w2v.testing import opcheck\nprint(opcheck(gaussian))\n"
    program += "print(tg.tensor(2.0).gaussian().item())\n"
    (tmp_path / "program.py").write_text(program.replace("from __future__ ", "#"), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, tmp_path / "program.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("opcheck of gaussian: passed")
    assert run.stdout.endswith("0.018315639346837997\n")
