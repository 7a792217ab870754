"""profile: time and saved memory of a computation, by op."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from typing import Any

from tinygrad_w2v.autograd.graph import saved_bytes
from tinygrad_w2v.engine.observe import Observer, now
from tinygrad_w2v.engine.rule import OpRecord
from tinygrad_w2v.engine.tape import Node
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.runtime.files import atomic_write


@dataclass
class OpTotals:
    """Totals of one op: calls, seconds forward and backward, bytes saved for backward."""

    calls: int = 0
    forward: float = 0.0
    backward: float = 0.0
    saved_bytes: int = 0


class profile(Observer):  # noqa: N801  (a context manager, named as in PyTorch)
    """Time every op inside a ``with`` block.

    Only calls on Tensors are timed. The time of an op that calls other ops includes theirs. Small
    ops take longer while they are profiled.

    Attributes
    ----------
    totals : dict
        An :class:`OpTotals` for each op by name.
    seconds : float
        Time between entering and leaving the block.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> with tg.profile() as p:
    ...     (x * x).sum().backward()
    >>> p.totals["multiply"].calls
    1
    >>> print(p)
    op          calls  forward ms  backward ms  saved bytes
    ...
    """

    def __init__(self) -> None:
        self.totals: dict[str, OpTotals] = {}
        self.seconds = 0.0
        self._events: list[tuple[str, str, float, float, int]] = []
        self._began = 0.0
        self._lock = threading.Lock()

    def __enter__(self) -> profile:
        self._began = now()
        super().__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        self.seconds += now() - self._began

    def called(self, op: OpRecord, args: tuple[Any, ...], result: Tensor, began: float) -> None:
        """Count a forward call."""
        ended = now()
        saved = saved_bytes(result.node) if result.node is not None else 0
        with self._lock:
            totals = self.totals.setdefault(op.name, OpTotals())
            totals.calls += 1
            totals.forward += ended - began
            totals.saved_bytes += saved
            self._record(op.name, "forward", began, ended)

    def walked(self, node: Node, gradients: list[tuple[int, Any]], began: float) -> None:
        """Count a run of the rules of a node."""
        ended = now()
        with self._lock:
            self.totals.setdefault(node.op.name, OpTotals()).backward += ended - began
            self._record(node.op.name, "backward", began, ended)

    def _record(self, name: str, kind: str, began: float, ended: float) -> None:
        self._events.append((name, kind, began, ended - began, threading.get_ident()))

    def __str__(self) -> str:
        lines = [f"{'op':<18}{'calls':>8}{'forward ms':>12}{'backward ms':>13}{'saved bytes':>16}"]
        for name, totals in sorted(
            self.totals.items(), key=lambda item: -(item[1].forward + item[1].backward)
        ):
            lines.append(
                f"{name:<18}{totals.calls:>8,}{totals.forward * 1e3:>12.3f}"
                f"{totals.backward * 1e3:>13.3f}{totals.saved_bytes:>16,}"
            )
        inside = sum(totals.forward + totals.backward for totals in self.totals.values())
        lines.append(f"{inside * 1e3:.3f} ms in ops, {self.seconds * 1e3:.3f} ms in total")
        return "\n".join(lines)

    def save_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write all calls as a trace for Chrome (about://tracing) or Perfetto."""
        events = [
            {
                "name": name,
                "cat": kind,
                "ph": "X",
                "ts": (began - self._began) * 1e6,
                "dur": seconds * 1e6,
                "pid": os.getpid(),
                "tid": thread,
            }
            for name, kind, began, seconds, thread in self._events
        ]
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps({"traceEvents": events}), encoding="utf-8")
