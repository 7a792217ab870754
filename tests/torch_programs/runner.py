"""Runs a PyTorch program as it is, or with its imports changed to this package."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
RECORDED = Path(__file__).with_name("losses.json")

_IMPORT = re.compile(r"^(\s*)(import|from) torch(\.[\w.]+)?(?= as | import |$)", re.MULTILINE)


def run(path: Path, package: str = "torch") -> list[float]:
    """Return the `losses` of a program, run with `package` in place of torch."""
    source = path.read_text(encoding="utf-8")
    if package != "torch":
        source = _IMPORT.sub(lambda found: _import_of(package, found), source)
    namespace: dict[str, Any] = {"__name__": path.stem}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's advice
        exec(compile(source, str(path), "exec"), namespace)
    return [float(loss) for loss in namespace["losses"]]


def _import_of(package: str, found: re.Match[str]) -> str:
    indent, keyword, submodule = found[1], found[2], found[3] or ""
    is_bare = keyword == "import" and not submodule
    return f"{indent}{keyword} {package}{submodule}{' as torch' if is_bare else ''}"


def recorded() -> dict[str, list[float]]:
    """Return the losses under PyTorch, by program."""
    losses: dict[str, list[float]] = json.loads(RECORDED.read_text(encoding="utf-8"))["losses"]
    return losses
