from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v.testing import gradcheck_cases

ROOT = Path(__file__).parents[2]


@gradcheck_cases({"small": [np.full(3, 1e-8)], "large": [np.full(3, 1e3)]}, order=2)
def test_decorated_function_becomes_one_test_per_case(x: Any) -> Any:
    return np.log1p(x)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


is_installed = pytest.mark.skipif(
    importlib.util.find_spec("tinygrad_w2v_pytest") is None,
    reason="the plugin exists only in an installed package",
)


@is_installed
def test_plugin_imports_nothing_until_a_fixture_is_used() -> None:
    code = "import sys, tinygrad_w2v_pytest; print('numpy' in sys.modules)"
    assert run("-c", code).stdout == "False\n"


@is_installed
def test_plugin_provides_checks_as_fixtures(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "import numpy as np\n"
        "def test_right(gradcheck, gradgradcheck, opcheck):\n"
        "    assert gradcheck(np.sin, [np.ones(3)])\n"
        "    assert gradgradcheck(np.sin, [np.ones(3)])\n"
        "    assert opcheck('sin')\n"
        "def test_wrong(gradcheck):\n"
        "    gradcheck(lambda x: np.sin(x.detach()), [np.ones(3)])\n"
    )
    options = ["-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    result = run("-m", "pytest", "-q", "-c", "/dev/null", *options, str(tmp_path))
    assert "1 failed, 1 passed" in result.stdout
    assert "the function left the graph" in result.stdout
