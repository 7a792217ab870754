"""A cluster of two machines, both simulated on this one: what happens when one is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.cluster.test_failures import SLOWER, assert_trained_once, fit, process_of
from tests.training.cluster.test_trainer import trainer
from tinygrad_w2v.training.cluster.team import Member, Team


def descendants(process: int) -> set[int]:
    """Return the processes that a process has started, and those that they have started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


class Machine:
    """A node of a running cluster, with an object store and processes of its own."""

    def __init__(self, ray: Any) -> None:
        address = ray.get_runtime_context().gcs_address
        command = [str(Path(sys.executable).parent / "ray"), "start", f"--address={address}"]
        command += ["--num-cpus=2", f"--object-store-memory={80 * 2**20}", "--block"]
        before = len(self.alive(ray))
        self.main = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(self.alive(ray)) == before:
            assert self.main.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)

    @staticmethod
    def alive(ray: Any) -> list[Any]:
        return [node for node in ray.nodes() if node["Alive"]]

    def runs(self, member: Member) -> bool:
        """Return whether a worker runs on this machine."""
        return process_of(member) in descendants(self.main.pid)

    def kill(self) -> None:
        """End all processes at once, as if its power was switched off."""
        for process in descendants(self.main.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.main.wait()


@pytest.fixture
def machine(ray: Any) -> Iterator[Machine]:
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    started = Machine(ray)
    yield started
    started.kill()


@pytest.mark.parametrize(
    "method",
    ["train", "combine"]
    + [pytest.param(m, marks=pytest.mark.exhaustive) for m in ("changes", "statistics", "commit")],
)
def test_others_continue_when_a_machine_is_lost(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    messages: list[str] = []
    trained, start, call = trainer(on_message=messages.append), Team.start, Team.call
    calls = []

    def started(self: Team, wait: Any) -> None:
        start(self, wait)
        assert sum(map(machine.runs, self.members)) == 1

    def lost_after(self: Team, members: Any, name: str, *args: Any, **options: Any) -> Any:
        result = call(self, members, name, *args, **options)
        calls.append(name)
        if machine.main.poll() is None and calls.count(method) == 5:
            machine.kill()
        return result

    monkeypatch.setattr(Team, "start", started)
    monkeypatch.setattr(Team, "call", lost_after)
    fit(trained, SLOWER)
    assert_trained_once(trained)
    assert machine.main.poll() is not None
    assert len([line for line in messages if "was lost" in line]) == 1
