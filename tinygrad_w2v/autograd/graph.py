"""graph: the recorded calls behind a Tensor, as a table, as SVG, in DOT or in Mermaid."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tape import Edge, Node
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.runtime.files import atomic_write

_WIDTH, _HEIGHT, _GAP, _ROW = 170, 58, 36, 78  # of the picture, in pixels
_SVG_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:g}" \
font-family="sans-serif" font-size="12" text-anchor="middle">
<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker>"""


@dataclass(frozen=True)
class GraphEntry:
    """One recorded call, or one leaf.

    Attributes
    ----------
    number
        Position in the graph; inputs come before what was computed from them.
    name
        Name of the op, or ``"leaf"``.
    inputs
        Numbers of the entries that this one's gradient flows to.
    shape, dtype
        Of the value.
    saved
        Names and sizes in bytes of the saved values.
    """

    number: int
    name: str
    inputs: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: str
    saved: tuple[tuple[str, int], ...]

    @property
    def saved_bytes(self) -> int:
        """Bytes of the saved values."""
        return sum(size for _, size in self.saved)


class Graph:
    """The recorded calls and leaves behind a Tensor. Created by :func:`graph`.

    Attributes
    ----------
    entries : list of GraphEntry
        Inputs before what was computed from them; the tensor itself last.
    """

    def __init__(self, entries: list[GraphEntry], saved_bytes: int) -> None:
        self.entries = entries
        self.saved_bytes = saved_bytes

    def __len__(self) -> int:
        return len(self.entries)

    def __str__(self) -> str:
        rows = [("#", "op", "inputs", "shape", "dtype", "saves", "bytes")]
        rows += [
            (
                str(entry.number),
                entry.name,
                " ".join(map(str, entry.inputs)),
                str(entry.shape),
                entry.dtype,
                " ".join(name for name, _ in entry.saved),
                f"{entry.saved_bytes:,}" if entry.saved else "",
            )
            for entry in self.entries
        ]
        return f"{aligned(rows, {0, 6})}\n{self.saved_bytes:,} bytes saved in total"

    __repr__ = __str__

    def to_dot(self) -> str:
        """Return the graph in the DOT language of Graphviz."""
        lines = ["digraph tape {", "  rankdir=BT;", "  node [shape=box, fontname=sans];"]
        for entry in self.entries:
            style = ", style=rounded" if entry.name == "leaf" else ""
            lines.append(f'  n{entry.number} [label="{entry.name}\\n{entry.shape}"{style}];')
        lines += [f"  n{source} -> n{target};" for source, target in self._arrows()]
        return "\n".join([*lines, "}"])

    def to_mermaid(self) -> str:
        """Return the graph in the language of Mermaid, which Markdown pages can show."""
        lines = ["graph BT"]
        for entry in self.entries:
            label = f'"{entry.name}<br/>{entry.shape}"'
            box = f"({label})" if entry.name == "leaf" else f"[{label}]"
            lines.append(f"  n{entry.number}{box}")
        lines += [f"  n{source} --> n{target}" for source, target in self._arrows()]
        return "\n".join(lines)

    def to_svg(self) -> str:
        """Return the graph as a picture: a box for each entry, with what it saves.

        A box stands to the right of its inputs, and a leaf beside its first user.
        """
        columns = self._columns()
        in_column: list[list[GraphEntry]] = [[] for _ in range(max(columns.values()) + 1)]
        for entry in self.entries:
            in_column[columns[entry.number]].append(entry)
        rows = max(map(len, in_column))
        corners = {
            entry.number: (
                _GAP + column * (_WIDTH + _GAP),
                _ROW * (row + (rows - len(entries)) / 2) + 10,
            )
            for column, entries in enumerate(in_column)
            for row, entry in enumerate(entries)
        }
        width, height = _GAP + len(in_column) * (_WIDTH + _GAP), rows * _ROW
        lines = [_SVG_HEAD.format(width=width, height=height)]
        for source, target in self._arrows():
            (x, y), (to_x, to_y) = corners[source], corners[target]
            lines.append(
                f'<line x1="{x + _WIDTH}" y1="{y + _HEIGHT / 2:g}" x2="{to_x - 4}" '
                f'y2="{to_y + _HEIGHT / 2:g}" stroke="#555" marker-end="url(#arrow)"/>'
            )
        for entry in self.entries:
            x, y = corners[entry.number]
            radius, colour = (29, "#eef5ea") if entry.name == "leaf" else (4, "#eaf1f8")
            saved = f"saves {entry.saved_bytes:,} bytes" if entry.saved_bytes else ""
            texts = (entry.name, f"{entry.shape} {entry.dtype}", saved)
            lines.append(
                f'<rect x="{x}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" stroke="#555" '
                f'rx="{radius}" fill="{colour}"/>'
            )
            lines += [
                f'<text x="{x + _WIDTH / 2:g}" y="{y + 16 * line + 17:g}">{text}</text>'
                for line, text in enumerate(texts)
            ]
        return "\n".join([*lines, "</svg>"])

    def _columns(self) -> dict[int, int]:
        """Return the column of each entry."""
        columns: dict[int, int] = {}
        for entry in self.entries:
            columns[entry.number] = 1 + max((columns[n] for n in entry.inputs), default=-1)
        moved: dict[int, int] = {}
        for entry in self.entries:
            for source in entry.inputs:
                if self.entries[source].name == "leaf":
                    moved.setdefault(source, columns[entry.number] - 1)
        return columns | moved

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the graph in the format of the file's suffix: .svg, .dot, .mmd or .txt."""
        forms = {
            ".svg": self.to_svg,
            ".dot": self.to_dot,
            ".mmd": self.to_mermaid,
            ".txt": self.__str__,
        }
        suffix = Path(path).suffix
        if suffix not in forms:
            hint = nearest_names(suffix, forms) or f"use {', '.join(forms)}"
            raise InputError(f"cannot write a graph as {os.fspath(path)}: {hint}")
        with atomic_write(path) as temporary:
            temporary.write_text(forms[suffix]() + "\n", encoding="utf-8")

    def _arrows(self) -> Iterable[tuple[int, int]]:
        return ((source, e.number) for e in self.entries for source in e.inputs)


def graph(tensor: Tensor) -> Graph:
    """Return the graph of recorded calls that a tensor was computed by.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> x = tg.tensor([[1.0, 2.0]], requires_grad=True)
    >>> print(graph((np.exp(x) * x).sum()))
    #  op        inputs  shape   dtype    saves                 bytes
    0  leaf              (1, 2)  float32
    1  exp       0       (1, 2)  float32  out                       8
    2  multiply  1 0     (1, 2)  float32  b a                      16
    3  sum       2       ()      float32  shapes axis keepdims      0
    16 bytes saved in total
    """
    order = in_order(tensor.node or tensor)
    numbers = {id(edge): number for number, edge in enumerate(order)}
    entries: list[GraphEntry] = []
    buffers: dict[int, int] = {}
    for number, edge in enumerate(order):
        shape, dtype = edge.shape, str(edge.dtype)
        if not isinstance(edge, Node):
            entries.append(GraphEntry(number, "leaf", (), shape, dtype, ()))
            continue
        if edge.saved is None:
            raise RuntimeError(
                f"graph: the graph through '{edge.op.name}' was already walked and freed: call "
                f"graph before backward(), or pass retain_graph=True"
            )
        buffers |= saved_buffers(edge)
        saved = tuple(
            (name, sum(array.nbytes for array in _arrays(value)))
            for name, value in zip(edge.plan.names, edge.saved, strict=True)
        )
        inputs = tuple(numbers[id(source)] for source in edge.next_functions if source is not None)
        entries.append(GraphEntry(number, edge.op.name, inputs, shape, dtype, saved))
    return Graph(entries, sum(buffers.values()))


def saved_bytes(node: Node) -> int:
    """Return the bytes of the arrays that a node saved."""
    return sum(array.nbytes for value in node.saved or () for array in _arrays(value))


def saved_buffers(node: Node) -> dict[int, int]:
    """Return the bytes of the arrays that own the memory of what a node saved, by their ids."""
    buffers = {}
    for value in node.saved or ():
        for array in _arrays(value):
            while isinstance(array.base, np.ndarray):
                array = array.base
            buffers[id(array)] = array.nbytes
    return buffers


def aligned(rows: Sequence[Sequence[str]], right: Collection[int]) -> str:
    """Return a table as text; the columns in `right` are aligned right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def in_order(root: Edge) -> list[Edge]:
    """Return all edges below `root`, depth first, inputs first."""
    done: dict[int, Edge] = {}
    stack: list[tuple[Edge, bool]] = [(root, False)]
    while stack:
        edge, is_expanded = stack.pop()
        if is_expanded or not isinstance(edge, Node):
            done.setdefault(id(edge), edge)
        elif id(edge) not in done:
            stack.append((edge, True))
            stack += [
                (source, False)
                for source in reversed(edge.next_functions)
                if source is not None and id(source) not in done
            ]
    return list(done.values())


def _arrays(value: Any) -> list[np.ndarray[Any, Any]]:
    if isinstance(value, Tensor):
        return [value._data]
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, RowSparse):
        return [value.rows, *_arrays(value.values)]
    if isinstance(value, list | tuple):
        return [array for item in value for array in _arrays(item)]
    return []
