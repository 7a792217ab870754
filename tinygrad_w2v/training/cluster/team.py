"""Team: the actors of a training, calls to several at once, and what becomes of lost ones."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.cluster.actor import Actor, ReplacedError, version
from tinygrad_w2v.training.loop import TrainingError
from tinygrad_w2v.training.processes import WorkerError

_POLL_SECONDS = 0.1
_CONTROL, _MERGE = "control", "merge"
"""Calls of these groups are answered while the actor trains."""

_MERGING = ("pack", "changes", "statistics", "solve", "combine", "commit", "merged", "set_merged")

_NOT_RECEIVED = ("is restarting", "failed to connect")
"""Parts of Ray's messages about a call that no process has received.

An actor has none until it is restarted, which takes longer when its machine is gone: Ray first has
to find that out.
"""

_START_TIMEOUTS = 10
"""A worker may take this many times the time limit to start."""

_MOST_LOSSES = 5
"""A worker that is lost more often in a row, without a completed round, ends the training."""


def _remote_class(ray: Any) -> type[Actor]:
    """Return the class of the actors, with the groups of its calls.

    It is local, so that its groups are sent along; calls through ``ray://`` cannot name a group.
    """

    def in_group(group: str, name: str) -> Any:
        inherited = getattr(Actor, name)

        def method(self: Actor, *args: Any) -> Any:
            return inherited(self, *args)

        method.__name__ = name
        return ray.method(concurrency_group=group)(method)

    groups = {_CONTROL: ("status", "pause"), _MERGE: _MERGING}
    methods = {name: in_group(group, name) for group in groups for name in groups[group]}
    return type("RemoteActor", (Actor,), methods)


@dataclasses.dataclass(eq=False)
class Member:
    """An actor of the team.

    Attributes
    ----------
    rank
        Number of the worker, from 0.
    key
        Of its last setup; see :class:`Actor`.
    machine
        Where it runs.
    is_active
        Whether it takes part in rounds; otherwise it is being restarted.
    lost_at
        When it was lost last (``time.monotonic``).
    losses
        How often it was lost since its last completed round.
    totals
        What it has done in the current round, as last seen.
    """

    rank: int
    actor: Any
    key: int = 0
    machine: str = "a machine of the cluster"
    is_active: bool = False
    lost_at: float = 0.0
    losses: int = 0
    totals: dict[str, float] = dataclasses.field(default_factory=dict)
    joining: Any = None

    def __str__(self) -> str:
        return f"worker {self.rank} on {self.machine}"


class MemberLostError(Exception):
    """A member was lost during a merge, which can be repeated without it."""


class Team:
    """The workers of a training.

    Parameters
    ----------
    ray
        The module, connected.
    spec
        The pickled :class:`Spec`.
    workers, threads
        Their number, and the processors of each.
    seeds
        Integers from which random generators are seeded, with the number of each setup.
    timeout
        Seconds after which a worker that does not answer is restarted.
    message
        Called with a line about each worker that is lost, and that is back.
    """

    def __init__(
        self,
        ray: Any,
        spec: bytes,
        workers: int,
        threads: int,
        seeds: Sequence[int],
        timeout: float,
        message: Callable[[str], None],
    ) -> None:
        self._ray, self._seeds, self.timeout, self._message = ray, seeds, timeout, message
        self._spec = ray.put(spec)
        self._keys = itertools.count(1)
        self._started_at = time.monotonic()
        self._is_closed = False
        self._lock = threading.RLock()  # members may be lost in two threads
        options = {
            "num_cpus": threads,
            "max_restarts": -1,
            "scheduling_strategy": "SPREAD",
            "concurrency_groups": {_CONTROL: 1, _MERGE: 1},
        }
        make = ray.remote(**options)(_remote_class(ray))
        self.members = [Member(rank, make.remote()) for rank in range(workers)]

    @property
    def active(self) -> list[Member]:
        """The members that take part in rounds."""
        return [member for member in self.members if member.is_active]

    def start(self, wait: Callable[[], None]) -> None:
        """Set all members up; InputError if one cannot be."""
        for member in self.members:
            self._invite(member)
        while len(self.active) < len(self.members):
            self.wait_for_setup(wait)
            self.admit()

    def wait_for_setup(self, wait: Callable[[], None]) -> None:
        """Wait a moment, in which a setup may complete, and call `wait`.

        InputError when a multiple of the time limit has passed since the start or the last loss.
        """
        wait()
        time.sleep(_POLL_SECONDS)
        if time.monotonic() - self._started_at > (limit := _START_TIMEOUTS * self.timeout):
            late = next(member for member in self.members if not member.is_active)
            raise InputError(
                f"{late} did not start within {limit:g} seconds: use fewer workers, or a longer "
                f"timeout"
            )

    def admit(self) -> list[Member]:
        """Return the members whose restart is complete, and make them active."""
        admitted = []
        for member in self.members:
            if member.joining is None or not self._ray.wait([member.joining], timeout=0)[0]:
                continue
            joining, member.joining = member.joining, None
            try:
                member.machine = self._ray.get(joining)
            except Exception as error:
                if not any(part in str(error) for part in _NOT_RECEIVED):
                    self._explain(member, error)
                    self._count_loss(member)
                self._invite(member)
                continue
            member.is_active, member.totals = True, {}
            admitted.append(member)
        return admitted

    def call(self, members: Iterable[Member], method: str, *args: Any, returns: int = 1) -> Any:
        """Call a method of each member with its key; return what is to be collected."""
        return {
            member: getattr(member.actor, method)
            .options(num_returns=returns)
            .remote(member.key, *args)
            for member in members
        }

    def collect(
        self,
        calls: Mapping[Member, Any],
        wait: Callable[[Mapping[Any, Member]], None] | None = None,
    ) -> dict[Member, Any]:
        """Return the results of calls; members that fail are lost, and missing in it.

        Parameters
        ----------
        calls
            A reference for each member.
        wait
            Called with those whose results are awaited, when there is a result and several times a
            second. Without, members that do not answer within the time limit are lost.

        Raises
        ------
        InputError
            What a member raises because of its files, settings or data.
        """
        waiting, results = {ref: member for member, ref in calls.items()}, {}
        deadline = time.monotonic() + self.timeout
        while waiting:
            ready, _ = self._ray.wait(
                list(waiting), num_returns=1 if wait else len(waiting), timeout=_POLL_SECONDS
            )
            for ref in ready:
                member = waiting.pop(ref)
                try:
                    results[member] = self._ray.get(ref)
                except Exception as error:
                    if self._is_of_another(member, error):
                        continue
                    self._explain(member, error)
                    self.lose(member, "its process has ended")
            if wait is not None:
                wait(waiting)
                waiting = {ref: member for ref, member in waiting.items() if member.is_active}
            elif time.monotonic() > deadline:
                for member in waiting.values():
                    self.lose_hung(member)
                break
        return results

    def _is_of_another(self, member: Member, error: Exception) -> bool:
        """Whether a member's call failed because one whose result it was passed has failed."""
        errors, cause = self._ray.exceptions, getattr(error, "cause", None)
        if isinstance(cause, ReplacedError):
            return cause.args != (member.key,)
        return isinstance(error, errors.ObjectLostError) or isinstance(cause, errors.RayError)

    def collect_all(self, calls: Mapping[Member, Any]) -> dict[Member, Any]:
        """Return the results of calls; MemberLostError if one is missing."""
        results = self.collect(calls)
        if len(results) < len(calls):
            raise MemberLostError
        return results

    def poll(self, members: Iterable[Member]) -> None:
        """Update the totals of members, without waiting for those that do not answer."""
        calls = {member.actor.status.remote(): member for member in members}
        ready, _ = self._ray.wait(list(calls), num_returns=len(calls), timeout=_POLL_SECONDS)
        for ref in ready:
            with contextlib.suppress(Exception):  # the call that is awaited fails as well
                key, totals = self._ray.get(ref)
                if key == calls[ref].key:
                    calls[ref].totals = totals

    def pause(self, members: Iterable[Member], number: int) -> None:
        """Ask members to end a round."""
        for member in members:
            member.actor.pause.remote(number)

    def lose(self, member: Member, reason: str) -> None:
        """Set a member up again, whose process Ray restarts if it has ended."""
        with self._lock:
            if not member.is_active or self._is_closed:
                return
            member.is_active, member.lost_at = False, time.monotonic()
            self._started_at = member.lost_at
            self._message(f"{member} was lost ({reason}) and is restarted")
            self._count_loss(member)
            self._invite(member)

    def lose_hung(self, member: Member) -> None:
        """End the process of a member that does not answer, and restart it."""
        with self._lock:
            if member.is_active:
                self.end_process(member)
                self.lose(member, f"it did nothing for {self.timeout:g} seconds")

    def end_process(self, member: Member) -> None:
        """End the process of a member, which Ray restarts."""
        self._ray.kill(member.actor, no_restart=False)

    def close(self) -> None:
        """End all actors."""
        self._is_closed = True
        for member in self.members:
            with contextlib.suppress(Exception):
                self._ray.kill(member.actor)

    def _invite(self, member: Member) -> None:
        member.key = next(self._keys)
        seeds = [*self._seeds, member.rank, member.key]
        member.joining = member.actor.setup.remote(member.key, version(), self._spec, seeds)

    def _count_loss(self, member: Member) -> None:
        member.losses += 1
        if member.losses > _MOST_LOSSES:
            raise TrainingError(
                f"{member} was lost {member.losses} times in a row: see the logs of Ray on that "
                f"machine, and whether its memory suffices"
            )

    def _explain(self, member: Member, error: Exception) -> None:
        """Raise an error of the actor's own; return for one that a restart may cure."""
        cause = getattr(error, "cause", None)
        if isinstance(cause, InputError) and not isinstance(cause, WorkerError):
            raise type(cause)(f"worker {member.rank} {cause}") from None
        if cause is not None and not isinstance(cause, ReplacedError | WorkerError):
            raise error
        if "ModuleNotFoundError" in str(error) or "ImportError" in str(error):
            raise InputError(
                f"{member} cannot import tinygrad_w2v: install the package on all machines"
            ) from error
