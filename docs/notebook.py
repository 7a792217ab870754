"""Run the notebook and store its outputs in it: ``python docs/notebook.py``.

It writes the picture to docs/pictures/notebook.svg as well, and prints the text of the outputs.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "tinygrad_w2v"})

from matplotlib import pyplot  # noqa: E402

DOCS = Path(__file__).parent
NOTEBOOK = DOCS.parent / "examples" / "word_vectors.ipynb"


def main() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    count = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"] = count
            cell["outputs"] = list(outputs("".join(cell["source"]), names, count))
            for each in cell["outputs"]:
                print("".join(each.get("text") or each["data"].get("text/plain", "")).rstrip())
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def outputs(source: str, names: dict[str, Any], count: int) -> Any:
    """Run a cell; yield what it prints, the value of its last line, and its figures."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    if printed.getvalue():
        yield {"output_type": "stream", "name": "stdout", "text": lines(printed.getvalue())}
    if value is not None and not pyplot.get_fignums():
        data = {"text/plain": lines(repr(value))}
        common = {"metadata": {}, "execution_count": count}
        yield {"output_type": "execute_result", "data": data, **common}
    for number in pyplot.get_fignums():
        figure, picture = pyplot.figure(number), io.BytesIO()
        figure.savefig(picture, dpi=80, metadata={"Software": None})
        figure.savefig(DOCS / "pictures" / "notebook.svg", metadata={"Date": None})
        data = {"image/png": base64.b64encode(picture.getvalue()).decode()}
        yield {"output_type": "display_data", "data": data, "metadata": {}}
    pyplot.close("all")


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


if __name__ == "__main__":
    main()
