"""Driver: leads the workers through rounds and merges, and what becomes of lost ones' work.

A merge may be overlapped by the next round: it is led by a thread, while this one leads the round.
What the workers did before it is counted when it is complete.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
    overlap
        Largest part of a round that may be done before the last merge is applied.
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
        overlap: float,
        partial: Sequence[str],
        save_seconds: float,
        on_save: Callable[[], None],
        message: Callable[[str], None],
    ) -> None:
        self.loop, self.progress, self.team = loop, progress, team
        self.rounds, self.overlap, self.partial = rounds, overlap, frozenset(partial)
        self.save_seconds, self.on_save, self._message = save_seconds, on_save, message
        self.tables: dict[str, Tensor] = tables_of(loop.model)
        self.holders = [-1] * len(loop.positions)
        self.speeds: dict[int, float] = {}
        self._round = 0
        self._began = self._polled_at = 0.0
        self._is_paused = False
        self._working: set[Member] = set()
        self._seen: dict[Member, tuple[float, float]] = {}
        self._reported: dict[Member, tuple[Sequence[int], Report]] = {}  # what is not merged
        self._merging: Future[list[Member]] | None = None
        self._packed: dict[Member, Any] = {}
        self._before_training: dict[Member, Any] = {}

    def run(self) -> None:
        """Train until all is done or the loop is stopped; save the model of the last merge."""
        self.team.start(self.loop.notify)
        self.progress.started = time.perf_counter()  # of the training, without the start of Ray
        self._mark_saved()
        executor, is_saved = ThreadPoolExecutor(1), True
        try:
            while self._merging or not (self.loop.stopped or self._is_complete()):
                if self._merging is None:
                    if not self.team.active:
                        self._return_to_saved()
                    self._assign()
                reports = self._train(self._plans())
                rows, is_due = self._rows()
                self._merging, is_saved = None, False
                if not is_due and self._may_overlap() and not self._assign():
                    self._pack(rows, reports, is_overlapped=True)
                    self._merging = executor.submit(self._merge, list(reports), is_overlapped=True)
                    continue
                is_saved = self._merge_and_save(rows, reports)
                if self.team.active:
                    self._admit()
            if not is_saved:
                self._merge_and_save(self._rows()[0], self.team.active)
        finally:
            executor.shutdown(wait=False)  # the actors end, and then its merge fails

    # --- rounds -----------------------------------------------------------------------------------

    def _assign(self) -> bool:
        """Assign the sources to the workers; return whether one changes hands."""
        team, before = self.team, self.holders
        usual = sum(self.speeds.values()) / len(self.speeds) if self.speeds else 1.0
        now = time.monotonic()
        active = {member.rank: self.speeds.get(member.rank, usual) for member in team.active}
        absent = {
            member.rank: self.speeds.get(member.rank, usual)
            for member in team.members
            if not member.is_active and now - member.lost_at < team.timeout
        }
        positions, epochs = self._positions(), self.progress.epochs
        self.holders = assigned(before, positions, epochs, active, absent)
        if not any(self._left(rank) for rank in active):  # only absent ones have work
            self.holders = assigned(self.holders, positions, epochs, active)
        working = {rank: speed for rank, speed in active.items() if self._left(rank)}
        self._shares = parts_of_round(working)
        return self.holders != before

    def _plans(self) -> dict[Member, Plan]:
        team, positions, is_unmerged = self.team, self._positions(), self._merging is not None
        self._round += 1
        done, total = self.progress.done, self.progress.total
        length = self.rounds.length(done, total)
        before_merge = self.overlap * length
        if total is not None and total - done - length < self.rounds.first:
            length = math.inf
        plans = {}
        for member in team.active:
            share = self._shares.get(member.rank, 0.0)
            held = [n for n, holder in enumerate(self.holders) if holder == member.rank]
            plans[member] = Plan(
                length * share if share else 0.0,
                held,
                [positions[n] for n in held],
                done,
                1 / share if share else 1.0,
                self._round,
                before_merge * share if is_unmerged else None,
            )
        return plans

    def _positions(self) -> list[Position]:
        """Return the positions of the sources, including what is not merged."""
        positions = list(self.loop.positions)
        for held, report in self._reported.values():
            for source, position in zip(held, report.positions, strict=True):
                positions[source] = position
        return positions

    def _is_complete(self) -> bool:
        return all(epoch >= self.progress.epochs for epoch, _ in self.loop.positions)

    def _left(self, rank: int) -> bool:
        """Whether a worker holds a source that is not finished."""
        epochs, positions = self.progress.epochs, self._positions()
        return any(
            holder == rank and positions[n][0] < epochs for n, holder in enumerate(self.holders)
        )

    def _train(self, plans: Mapping[Member, Plan]) -> dict[Member, Report]:
        self._began, self._is_paused, self._seen = time.monotonic(), False, {}
        self._working = {member for member, plan in plans.items() if plan.amount}
        calls: dict[Member, Any] = {}
        for member, plan in plans.items():
            member.totals = {}
            after = self._before_training.get(member)
            calls |= self.team.call([member], "train", plan, after)
        reports = self.team.collect(calls, self._watch)
        if self._merging:
            self._commit(self._merging.result())
        self._advance(plans, reports)
        return reports

    def _watch(self, waiting: Mapping[Any, Member]) -> None:
        """Show the progress; end the round if it was stopped, or a worker has done its part."""
        team, now = self.team, time.monotonic()
        if self._merging and self._merging.done():
            self._merging.result()  # raises its error
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
                self._seen = {}  # others may have waited for it
                break
        is_over = any(member.is_active and member not in members for member in self._working)
        if (self.loop.stopped or is_over) and members and not self._is_paused:
            self._is_paused = True
            team.pause(members, self._round)
        self._show()

    def _show(self) -> None:
        seconds = max(time.monotonic() - self._began, 1e-3)
        current = [member.totals for member in self.team.active if member.totals]
        unmerged = [report.totals for _, report in self._reported.values()]
        self.progress.set_current([*current, *unmerged])
        for member in self.team.members:
            if (done := member.totals.get("done", 0.0)) or not member.is_active:
                self.progress.speeds[member.rank] = done / seconds if member.is_active else 0.0
        self.loop.notify()

    def _advance(self, plans: Mapping[Member, Plan], reports: Mapping[Member, Report]) -> None:
        for member, report in reports.items():
            member.totals = report.totals
            if report.totals["done"]:
                speed = report.totals["done"] / max(report.seconds, 1e-9)
                before = self.speeds.get(member.rank, speed)
                self.speeds[member.rank] = (before + speed) / 2
        self._show()
        self._reported = {m: (plans[m].held, reports[m]) for m in reports}
        for member in reports:
            member.totals = {}

    # --- merges -----------------------------------------------------------------------------------

    def _rows(self) -> tuple[list[int], bool]:
        """Return how many rows of each table the next merge takes, and whether it must be saved."""
        completed = min(epoch for epoch, _ in self._positions())
        is_due = (
            self.loop.stopped
            or completed >= self.progress.epochs
            or time.monotonic() - self._saved_at > self.save_seconds
            or bool(self.loop.callbacks and completed > self.loop.completed_epochs())
        )
        rows = [
            self.rounds.rows(height, is_last=is_due or name not in self.partial)
            for name, height in zip(self.tables, self._heights(), strict=True)
        ]
        return rows, is_due

    def _heights(self) -> list[int]:
        return [len(as_matrix(table._data)) for table in self.tables.values()]

    def _may_overlap(self) -> bool:
        """Whether the next round may begin before the merge after the last one is complete.

        It may if no source changes hands: those that are not merged stay with their workers, as
        others would have to begin anew if one of those was lost.
        """
        return bool(self.overlap) and all(member.is_active for member in self.team.members)

    def _pack(self, rows: Sequence[int], members: Iterable[Member], *, is_overlapped: bool) -> None:
        self._packed = self.team.call(members, "pack", rows, is_overlapped)
        self._before_training = self._packed

    def _merge_and_save(self, rows: Sequence[int], members: Iterable[Member]) -> bool:
        """Merge, and save a merge of all rows; return whether it was saved."""
        self._pack(rows, members, is_overlapped=False)
        merged = self._merge(list(members))
        self._commit(merged)
        return bool(merged) and rows == self._heights() and self._save()

    def _merge(self, among: Sequence[Member], is_overlapped: bool = False) -> list[Member]:
        """Merge the changes of the active ones among members; return those that are merged."""
        for _ in range(2 * len(self.team.members) + 1):
            members = [member for member in among if member.is_active]
            if not members:
                return []
            try:
                self._exchange(members, is_overlapped)
            except MemberLostError:
                continue
            return members
        raise TrainingError("a merge was repeated too often, as workers were lost in each")

    def _exchange(self, members: Sequence[Member], is_overlapped: bool) -> None:
        """Merge the changes of members.

        Unless they train meanwhile, all calls are made at once; each begins when what it is passed
        has arrived. Calls that wait would delay those of other groups, such as a pause.
        """
        team, count = self.team, len(members)

        def call(method: str, arguments: Iterable[Sequence[Any]], returns: int = 2) -> Any:
            """Call a method with the arguments of each member; return the first results, others."""
            made = zip(members, arguments, strict=False)
            refs = [(m, *team.call([m], method, *args, returns=returns)[m]) for m, args in made]
            firsts = {member: first for member, first, *_ in refs}
            if is_overlapped:
                team.collect_all(firsts)
            return firsts, [rest for _, _, *rest in refs]

        places = range(count)
        solvers = min(count, len(self.tables))
        packed = {member: self._packed[member] for member in members}
        sent, parts = call("changes", [[Merge(k, count)] for k in places], returns=count + 1)
        _, found = call("statistics", [[part[k] for part in parts] for k in places])
        statistics = [one for (one,) in found]
        _, found = call("solve", [[slice(k, None, solvers), *statistics] for k in range(solvers)])
        sent_merged, merged = call("combine", [[one for (one,) in found]] * count)
        committed: dict[Member, Any] = {}
        for place, member in enumerate(members):
            others = (None if k == place else part for k, (part,) in enumerate(merged))
            committed |= team.call([member], "commit", is_overlapped, *others)
        team.collect_all(packed)
        for calls in (sent, sent_merged):  # when all have combined, the merge is complete
            self.progress.bytes_sent += sum(team.collect_all(calls).values())
        self.progress.merges += 1
        self.rounds.complete()
        if is_overlapped:
            for member in committed.keys() - team.collect(committed).keys():
                team.end_process(member)  # it trains, and waits for the merge
        else:
            self._before_training = committed  # a member in which it fails refuses its next calls

    def _commit(self, members: Sequence[Member]) -> None:
        """Count what the members have done."""
        loop, progress = self.loop, self.progress
        for member in members:
            member.losses = 0
            if member not in self._reported:
                continue
            held, report = self._reported[member]
            for source, position in zip(held, report.positions, strict=True):
                loop.positions[source] = position
            progress.commit(report.totals, loop.completed_epochs())
        self._reported = {}
        progress.set_current(member.totals for member in self.team.active if member.totals)
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
