"""Driver: leads the workers through rounds and merges, and what becomes of lost ones' work."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.training.cluster.exchange import Merge, as_matrix, tables_of
from tinygrad_w2v.training.cluster.gate import Position
from tinygrad_w2v.training.cluster.progress import ClusterProgress
from tinygrad_w2v.training.cluster.rounds import Rounds
from tinygrad_w2v.training.cluster.shares import assigned, parts_of_round
from tinygrad_w2v.training.cluster.team import Member, MemberLostError, Team
from tinygrad_w2v.training.cluster.worker import Plan, Report
from tinygrad_w2v.training.loop import TrainingError, TrainingLoop

_POLL_SECONDS = 0.25


class Driver:
    """A run of a training: rounds and merges, from the positions of `loop` to the end or a stop.

    Parameters
    ----------
    loop
        The training; its positions, progress and schedule follow the merges, and its model those
        of all rows.
    progress
        ``loop.progress``.
    team
        The workers.
    rounds
        When to merge, and how many rows.
    partial
        Names of tables of which a merge may take the first rows only.
    save_seconds
        Largest time between merges of all rows, each of which is saved.
    on_save
        Called when the model has been saved in `loop`.
    message
        Called with a line about each worker that continues after a restart.
    """

    def __init__(
        self,
        loop: TrainingLoop,
        progress: ClusterProgress,
        team: Team,
        *,
        rounds: Rounds,
        partial: Sequence[str],
        save_seconds: float,
        on_save: Callable[[], None],
        message: Callable[[str], None],
    ) -> None:
        self.loop, self.progress, self.team = loop, progress, team
        self.rounds, self.partial = rounds, frozenset(partial)
        self.save_seconds, self.on_save, self._message = save_seconds, on_save, message
        self.tables: dict[str, Tensor] = tables_of(loop.model)
        self.holders = [-1] * len(loop.positions)
        self.speeds: dict[int, float] = {}
        self._round = 0
        self._began = self._polled_at = 0.0
        self._is_paused = False
        self._working: set[Member] = set()
        self._seen: dict[Member, tuple[float, float]] = {}
        self._reported: dict[Member, tuple[Sequence[int], Report]] = {}

    def run(self) -> None:
        """Train until all is done or the loop is stopped; save the model of the last merge."""
        self.team.start(self.loop.notify)
        self.progress.started = time.perf_counter()  # of the training, without the start of Ray
        self._mark_saved()
        is_saved = True
        while not self.loop.stopped and not self._is_complete():
            plans = self._plans()
            reports = self._train(plans)
            self._advance(plans, reports)
            is_saved = self._merge_round(reports)
            self._admit()
        if not is_saved:
            self._merge_round({})

    # --- rounds -----------------------------------------------------------------------------------

    def _plans(self) -> dict[Member, Plan]:
        loop, team = self.loop, self.team
        self._round += 1
        if not team.active:
            self._return_to_saved()
        usual = sum(self.speeds.values()) / len(self.speeds) if self.speeds else 1.0
        now = time.monotonic()
        active = {member.rank: self.speeds.get(member.rank, usual) for member in team.active}
        absent = {
            member.rank: self.speeds.get(member.rank, usual)
            for member in team.members
            if not member.is_active and now - member.lost_at < team.timeout
        }
        epochs = self.progress.epochs
        self.holders = assigned(self.holders, loop.positions, epochs, active, absent)
        if not any(self._left(rank) for rank in active):  # only absent ones have work
            self.holders = assigned(self.holders, loop.positions, epochs, active)
        working = {rank: speed for rank, speed in active.items() if self._left(rank)}
        done, total = self.progress.done, self.progress.total
        length = self.rounds.length(done)
        if total is not None and total - done - length < self.rounds.first:
            length = math.inf
        shares = parts_of_round(working)
        plans = {}
        for member in team.active:
            share = shares.get(member.rank, 0.0)
            held = [n for n, holder in enumerate(self.holders) if holder == member.rank]
            plans[member] = Plan(
                length * share if share else 0.0,
                held,
                [loop.positions[n] for n in held],
                done,
                1 / share if share else 1.0,
                self._round,
            )
        return plans

    def _is_complete(self) -> bool:
        return all(epoch >= self.progress.epochs for epoch, _ in self.loop.positions)

    def _left(self, rank: int) -> bool:
        """Whether a worker holds a source that is not finished."""
        epochs = self.progress.epochs
        return any(
            holder == rank and self.loop.positions[n][0] < epochs
            for n, holder in enumerate(self.holders)
        )

    def _train(self, plans: Mapping[Member, Plan]) -> dict[Member, Report]:
        self._began, self._is_paused, self._seen = time.monotonic(), False, {}
        self._working = {member for member, plan in plans.items() if plan.amount}
        calls: dict[Member, Any] = {}
        for member, plan in plans.items():
            member.totals = {}
            calls |= self.team.call([member], "train", plan)
        return self.team.collect(calls, self._watch)

    def _watch(self, waiting: Mapping[Any, Member]) -> None:
        """Show the progress; end the round if it was stopped, or a worker has done its part."""
        team, now = self.team, time.monotonic()
        members = [member for member in waiting.values() if member.is_active]
        if members and now - self._polled_at > _POLL_SECONDS:
            self._polled_at = now
            team.poll(members)
        for member in members:
            done = member.totals.get("done", 0.0)
            if member not in self._seen or self._seen[member][0] != done:
                self._seen[member] = done, now
            elif now - self._seen[member][1] > team.timeout:
                team.lose_hung(member)
        is_over = any(member.is_active and member not in members for member in self._working)
        if (self.loop.stopped or is_over) and members and not self._is_paused:
            self._is_paused = True
            team.pause(members, self._round)
        self._show()

    def _show(self) -> None:
        seconds = max(time.monotonic() - self._began, 1e-3)
        current = [member.totals for member in self.team.active if member.totals]
        self.progress.set_current(current)
        for member in self.team.members:
            speed = member.totals.get("done", 0.0) / seconds if member.is_active else 0.0
            self.progress.speeds[member.rank] = speed
        self.loop.notify()

    def _advance(self, plans: Mapping[Member, Plan], reports: Mapping[Member, Report]) -> None:
        for member, report in reports.items():
            member.totals = report.totals
            if report.totals["done"]:
                speed = report.totals["done"] / max(report.seconds, 1e-9)
                before = self.speeds.get(member.rank, speed)
                self.speeds[member.rank] = (before + speed) / 2
        self._reported = {m: (plans[m].held, reports[m]) for m in reports}
        self._show()

    # --- merges -----------------------------------------------------------------------------------

    def _merge_round(self, reports: Mapping[Member, Report]) -> bool:
        """Merge what the workers have done; return whether all rows were merged, and saved."""
        after = list(self.loop.positions)
        for held, report in (self._reported[member] for member in reports):
            for source, position in zip(held, report.positions, strict=True):
                after[source] = position
        epochs = self.progress.epochs
        completed = min(epoch for epoch, _ in after)
        is_whole = (
            self.loop.stopped
            or completed >= epochs
            or time.monotonic() - self._saved_at > self.save_seconds
            or bool(self.loop.callbacks and completed > self.loop.completed_epochs())
        )
        heights = {name: len(as_matrix(table._data)) for name, table in self.tables.items()}
        rows = [
            self.rounds.rows(height, is_last=is_whole or name not in self.partial)
            for name, height in heights.items()
        ]
        merged = self._merge(rows, reports)
        if not merged:
            return False
        self._commit(merged)
        if rows == list(heights.values()):
            return self._save()
        return False

    def _merge(self, rows: Sequence[int], reports: Mapping[Member, Report]) -> list[Member]:
        """Merge the changes of all active members; return those whose changes are merged."""
        for _ in range(2 * len(self.team.members) + 1):
            members = [m for m in self.team.active if m in reports or not reports]
            if not members:
                return []
            try:
                self._exchange(members, rows)
            except MemberLostError:
                continue
            return members
        raise TrainingError("a merge was repeated too often, as workers were lost in each")

    def _exchange(self, members: Sequence[Member], rows: Sequence[int]) -> None:
        """Merge the changes of members. A call begins as soon as what it is passed has arrived."""
        team, count = self.team, len(members)

        def call(member: Member, method: str, *args: Any, returns: int = 1) -> Any:
            return team.call([member], method, *args, returns=returns)[member]

        sent, parts = {}, {}
        for place, member in enumerate(members):
            merge = Merge(rows, place, count)
            sent[member], *parts[member] = call(member, "changes", merge, returns=count + 1)
        statistics = [
            call(member, "statistics", *(parts[sender][place] for sender in members))
            for place, member in enumerate(members)
        ]
        solvers = members[: len(rows)]
        solutions = [
            call(solver, "solve", slice(place, None, len(solvers)), *statistics)
            for place, solver in enumerate(solvers)
        ]
        sent_merged, merged = {}, []
        for member in members:
            sent_merged[member], part = call(member, "combine", *solutions, returns=2)
            merged.append(part)
        for place, member in enumerate(members):
            # A member in which this fails refuses its next call.
            call(member, "commit", *(None if k == place else p for k, p in enumerate(merged)))
        for calls in (sent, sent_merged):  # when all have combined, the merge is complete
            self.progress.bytes_sent += sum(team.collect_all(calls).values())
        self.progress.merges += 1
        self.rounds.complete()

    def _commit(self, members: Sequence[Member]) -> None:
        """Count what the members have done."""
        loop, progress = self.loop, self.progress
        for member in members:
            member.losses, member.totals = 0, {}
            if member not in self._reported:
                continue
            held, report = self._reported.pop(member)
            for source, position in zip(held, report.positions, strict=True):
                loop.positions[source] = position
            progress.commit(report.totals, loop.completed_epochs())
        progress.set_current([])
        if loop.schedule is not None:
            loop.advance_schedule(progress.done - loop.schedule.last_epoch)

    # --- what is saved, and lost members ----------------------------------------------------------

    def _save(self) -> bool:
        """Copy the merged tables to the model, and save it; return False if all workers are lost.

        All of them have the same tables; the optimizer's state is that of one.
        """
        team, loop = self.team, self.loop
        for member in team.active:
            values = team.collect(team.call([member], "merged")).get(member)
            state = None
            if values is not None and loop.optimizer.keeps_state():
                state = team.collect(team.call([member], "optimizer_state")).get(member)
            if values is None or not member.is_active:
                continue
            for name, table in self.tables.items():
                table._data[...] = values[name]
                table.bump_version()
            if state is not None:
                loop.optimizer.load_state_dict(state)
            self._mark_saved()
            loop.announce_epochs()
            self.on_save()
            return True
        return False

    def _mark_saved(self) -> None:
        self._saved_at = time.monotonic()
        self._saved: tuple[list[Position], dict[str, float]] = (
            list(self.loop.positions),
            self.progress.state_dict(),
        )

    def _admit(self) -> None:
        """Let the members whose restart is complete continue from the merged tables."""
        veterans = self.team.active
        for member in self.team.admit():
            values: Any = None
            if veterans:
                values = self.team.call(veterans[:1], "merged")[veterans[0]]
            else:
                values = {name: table._data for name, table in self.tables.items()}
            self.team.collect(self.team.call([member], "set_merged", values))
            self._message(f"{member} continues")

    def _return_to_saved(self) -> None:
        """After the loss of all workers, continue from the last merge of all rows."""
        loop, (positions, totals) = self.loop, self._saved
        loop.positions = list(positions)
        self.progress.restore(totals)
        if loop.schedule is not None:
            loop.advance_schedule(self.progress.done - loop.schedule.last_epoch)
        while not self.team.active:
            self.team.wait_for_setup(loop.notify)
            self._admit()
