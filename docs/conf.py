"""Configuration of the documentation site: ``sphinx-build -W --keep-going docs site``."""

from __future__ import annotations

import inspect
import re
from typing import Any

from tinygrad_w2v import word2vec
from tinygrad_w2v.engine import Op

# The names of word2vec are imported on first use; autodoc looks for those that are there.
vars(word2vec).update({name: getattr(word2vec, name) for name in word2vec.__all__})

project = "tinygrad_w2v"
author = "the developers of tinygrad_w2v"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["pictures", "static"]
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_title = project
html_show_copyright = False

# Pages are Markdown that GitHub shows too. Headings are link targets, as on GitHub.
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types stand in the docstrings
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True  # attributes stay in the class's docstring


def _skip(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool:
    """Leave out what has no docstring, and the methods that ops bind: the table of ops has them."""
    is_bound = isinstance(obj, Op) or "<locals>" in getattr(obj, "__qualname__", "")
    is_function = name == "function"  # of an activation, described on the page of ops
    return skip or is_bound or is_function or not (getattr(obj, "__doc__", None) or "").strip()


def _signature(app: Any, what: str, name: str, obj: Any, *given: Any) -> tuple[str, str] | None:
    """Show a class's constructor; the one of a Module is hidden by its ``__new__``."""
    if what != "class":
        return None
    signature = inspect.signature(obj)
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty)), ""


def _escape(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Escape ``*`` and ``|`` outside of code: in docstrings they are shapes and formulas."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = re.split(r"(``.*?``|`[^`]*`)", line)
            parts[::2] = [re.sub(r"([*|])", r"\\\1", part) for part in parts[::2]]
            lines[number] = "".join(parts)


def setup(app: Any) -> None:
    """Register the hooks."""
    app.connect("autodoc-process-docstring", _escape, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skip)
