"""The connection to Ray, and all that is imported of it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

from tinygrad_w2v.errors import InputError, MissingExtraError

LOCAL = "local"
"""The address that starts Ray on this machine."""


def import_ray() -> Any:
    """Return the module ``ray``; MissingExtraError if it is not installed."""
    try:
        import ray  # lazy: optional, in the extra `cluster`
    except ImportError:
        raise MissingExtraError("ray", "cluster", "training on several machines") from None
    return ray


@contextlib.contextmanager
def connected(address: str, cpus: int) -> Iterator[Any]:
    """Yield the module ``ray``, connected to a cluster; the connection ends with the block.

    A program that has called ``ray.init`` keeps its connection.

    Parameters
    ----------
    address
        ``"local"`` starts Ray on this machine, with as many processors as `cpus`; otherwise the
        address of a running cluster, as of ``ray.init``.
    cpus
        The processors that the training needs.

    Raises
    ------
    InputError
        If there is no cluster at the address, or it has fewer processors.
    """
    ray = import_ray()
    if ray.is_initialized():
        _require_processors(ray, cpus)
        yield ray
        return
    options = {"num_cpus": cpus, "include_dashboard": False} if address == LOCAL else {}
    with _signal_handlers_kept():
        try:
            # Errors are raised; Ray also logs those of calls whose results are not needed.
            ray.init(address=address, log_to_driver=False, logging_level="CRITICAL", **options)
        except Exception as error:  # Ray raises that class, too
            reason = " ".join(str(error).split())
            if address == LOCAL:
                raise InputError(
                    f"cannot start Ray on this machine ({reason:.300}): see the logs in /tmp/ray, "
                    f"and repeat the command"
                ) from error
            raise InputError(
                f"cannot connect to the cluster {address} ({reason:.300}): start one with "
                f"`ray start --head`, copy its token to this machine if it has one, or use "
                f"{LOCAL!r}"
            ) from error
    try:
        _require_processors(ray, cpus)
        yield ray
    finally:
        ray.shutdown()


def _require_processors(ray: Any, cpus: int) -> None:
    available = ray.cluster_resources().get("CPU", 0)
    if available < cpus:
        raise InputError(
            f"the workers need {cpus} processors (workers × threads), the cluster has "
            f"{available:g}: use fewer workers or threads, or add machines with `ray start`"
        )


@contextlib.contextmanager
def _signal_handlers_kept() -> Iterator[None]:
    """Restore the handlers of signals that the block replaces, as ``ray.init`` does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
