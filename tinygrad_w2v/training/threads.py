"""Workers of a training side by side in threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence


def run_in_threads(workers: Sequence[Callable[[], None]], stop: Callable[[], None]) -> None:
    """Run one worker here, or several in threads; the first error stops all and is raised."""
    if len(workers) == 1:
        workers[0]()
        return
    errors: list[BaseException] = []

    def guarded(worker: Callable[[], None]) -> None:
        try:
            worker()
        except BaseException as error:
            errors.append(error)
            stop()

    threads = [threading.Thread(target=guarded, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(timeout=0.1)  # signals are delivered between joins
    except BaseException:
        stop()
        for thread in threads:
            thread.join()
        raise
    if errors:
        raise errors[0]
