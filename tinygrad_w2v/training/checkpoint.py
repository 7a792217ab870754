"""Saves a training to one .npz file and restores it.

With one worker, the resumed training computes the same bits as an uninterrupted one.
:func:`tinygrad_w2v.checkpoint` is another matter: it recomputes activations to save memory.
"""

from __future__ import annotations

import json
import math
import os
from typing import Any

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.archive import damage_reported, read_archive, write_archive
from tinygrad_w2v.training.loop import TrainingLoop

_VERSION = 3
_TYPES: dict[str, Any] = {
    "settings": dict,
    "groups": list,
    "numbers": dict,
    "schedule": (dict, type(None)),
    "progress": dict,
    "positions": list,
    "extra": dict,
}
_REMEDY = "delete it and start without --resume"
_LARGEST = 2**53  # exact in floats


def save_checkpoint(
    path: str | os.PathLike[str], trainer: TrainingLoop, settings: dict[str, Any] | None = None
) -> None:
    """Write the parameters and the states of optimizer, generators, schedule and progress.

    The file is replaced atomically. It holds arrays and JSON, no pickle.

    Parameters
    ----------
    path, trainer
        The file, and a trainer between two steps.
    settings
        Plain data that :func:`load_checkpoint` compares, so that a training is not resumed
        with another corpus or other options.
    """
    arrays = {f"model/{name}": t._data for name, t in trainer.model.state_dict().items()}
    optimizer = trainer.optimizer.state_dict()
    for number, entry in optimizer["state"].items():
        for name in [name for name, value in entry.items() if isinstance(value, Tensor)]:
            arrays[f"optimizer/{number}/{name}"] = entry.pop(name).numpy()
    extra = {name: module.get_extra_state() for name, module in trainer.model.named_modules()}
    meta = {
        "version": _VERSION,
        "settings": settings or {},
        "groups": optimizer["param_groups"],
        "numbers": optimizer["state"],
        "schedule": trainer.schedule.state_dict() if trainer.schedule else None,
        "progress": trainer.progress.state_dict(),
        "positions": trainer.positions,
        "extra": {name: state for name, state in extra.items() if state is not None},
        "callbacks": _callback_states(trainer),
    }
    write_archive(path, arrays, meta, any_name=True)
    for callback in trainer.callbacks:
        callback.on_checkpoint(trainer, path)


def load_checkpoint(
    path: str | os.PathLike[str], trainer: TrainingLoop, settings: dict[str, Any] | None = None
) -> None:
    """Restore what :func:`save_checkpoint` wrote, in a trainer that was built in the same way.

    Raises
    ------
    InputError
        If the file is missing or damaged, was written with other settings (names each), or does
        not match the trainer's model.
    """
    arrays, meta = _read(path)
    _compare(path, meta["settings"], settings or {})
    try:
        _restore(trainer, arrays, meta)
    except Exception as error:  # values of any kind may be found
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"the checkpoint {path} does not match this training ({reason:.500}): build model and "
            f"optimizer as they were built, or start from the beginning"
        ) from error


def _restore(trainer: TrainingLoop, arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    model: dict[str, Any] = {}
    state: dict[int, dict[str, Any]] = {int(k): dict(v) for k, v in meta["numbers"].items()}
    for entry in state.values():
        _check_like(list(entry.values()), [0.0] * len(entry), "numbers")
        if any(value < 0 for value in entry.values()):
            raise ValueError("numbers are negative")
    for path, value in arrays.items():
        part, _, name = path.partition("/")
        if part == "model":
            model[name] = value
        elif part == "optimizer":
            number, key = name.split("/", 1)
            state.setdefault(int(number), {})[key] = value
    trainer.model.load_state_dict(model)
    schedule = trainer.schedule.state_dict() if trainer.schedule else None
    schedule = json.loads(json.dumps(schedule), parse_int=float)  # progress may be fractional
    _check_like(meta["groups"], trainer.optimizer.state_dict()["param_groups"], "groups")
    _check_like(meta["schedule"], schedule, "schedule")
    _check_like(meta["progress"], trainer.progress.state_dict(), "progress")
    _check_like(meta["positions"], [[0, 0]] * len(meta["positions"]), "positions")
    trainer.optimizer.load_state_dict({"param_groups": meta["groups"], "state": state})
    if trainer.schedule is not None:
        trainer.schedule.load_state_dict(meta["schedule"])
    modules = dict(trainer.model.named_modules())
    for name, extra in meta["extra"].items():
        modules[name].set_extra_state(extra)
    _restore_callbacks(trainer, meta.get("callbacks", {}))
    trainer.progress.load_state_dict(meta["progress"])
    trainer.positions = [(epoch, index) for epoch, index in meta["positions"]]


def _callback_states(trainer: TrainingLoop) -> dict[str, dict[str, float]]:
    """Return the states of the callbacks that have one, by the names of their classes."""
    states = ((type(callback).__name__, callback.state_dict()) for callback in trainer.callbacks)
    return {name: state for name, state in states if state}


def _restore_callbacks(trainer: TrainingLoop, states: Any) -> None:
    """Restore the callbacks that the checkpoint has a state of; others start again."""
    if not isinstance(states, dict):
        raise ValueError("callbacks is not an object")
    own = _callback_states(trainer)
    for callback in trainer.callbacks:
        name = type(callback).__name__
        if name in own and name in states:
            _check_like(states[name], own[name], f"callbacks.{name}")
            callback.load_state_dict(states[name])


def _check_like(found: Any, expected: Any, place: str) -> None:
    """Raise ValueError unless plain data has the structure of `expected`, with finite numbers."""
    if isinstance(expected, dict) and isinstance(found, dict) and found.keys() == expected.keys():
        for name, value in expected.items():
            _check_like(found[name], value, f"{place}.{name}")
    elif isinstance(expected, list | tuple):
        if not isinstance(found, list) or len(found) != len(expected):
            raise ValueError(f"{place} is not a list of {len(expected)}")
        for value, like in zip(found, expected, strict=True):
            _check_like(value, like, place)
    elif expected is None:
        if isinstance(found, dict | list):
            raise ValueError(f"{place} is not a single value")
    elif isinstance(expected, bool | str | dict):
        if type(found) is not type(expected) or isinstance(expected, dict):
            raise ValueError(f"{place} has another structure")
    elif isinstance(found, bool) or not isinstance(found, type(expected) | int):
        raise ValueError(f"{place} is not {type(expected).__name__}")
    elif not -_LARGEST <= found <= _LARGEST and found not in (math.inf, -math.inf):
        raise ValueError(f"{place} is {found:g}, out of range")


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and the metadata of a checkpoint."""
    if not os.path.lexists(path):
        raise InputError(f"no checkpoint at {path}: start without --resume")
    arrays, meta = read_archive(path, any_name=True, kind="checkpoint", remedy=_REMEDY)
    with damage_reported(path, "checkpoint", _REMEDY):
        if not isinstance(meta, dict) or not isinstance(meta.get("version"), int):
            raise ValueError("it holds no training")
        if meta["version"] != _VERSION:
            raise InputError(
                f"the checkpoint {path} has version {meta['version']}, this program reads "
                f"{_VERSION}: resume with the program that wrote it, or start without --resume"
            )
        for name, kind in _TYPES.items():
            if not isinstance(meta.get(name), kind):
                raise ValueError(f"{name!r} in its JSON is missing or has the wrong type")
    return arrays, meta


def _compare(path: str | os.PathLike[str], found: dict[str, Any], expected: dict[str, Any]) -> None:
    changed = [
        f"{name} was {found.get(name)!r}, now {expected.get(name)!r}"
        for name in sorted(found.keys() | expected.keys())
        if found.get(name) != expected.get(name)
    ]
    if changed:
        raise InputError(
            f"the checkpoint {path} belongs to another training ({'; '.join(changed)}): use the "
            f"same options, or start without --resume"
        )
