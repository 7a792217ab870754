"""Saves a training to one .npz file and restores it, to the bit.

:func:`tinygrad_w2v.checkpoint` is another matter: it recomputes activations to save memory.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import atomic_write, describe_os_error
from tinygrad_w2v.training.trainer import Trainer

_VERSION = 1


def save_checkpoint(
    path: str | os.PathLike[str], trainer: Trainer, settings: dict[str, Any] | None = None
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
    arrays = {f"model/{name}": value for name, value in trainer.model.state_dict().items()}
    optimizer = trainer.optimizer.state_dict()
    for parameter, entry in optimizer["state"].items():
        for name in [name for name, value in entry.items() if isinstance(value, np.ndarray)]:
            arrays[f"optimizer/{parameter}/{name}"] = entry.pop(name)
    extra = {name: module.get_extra_state() for name, module in trainer.model.named_modules()}
    meta = {
        "version": _VERSION,
        "settings": settings or {},
        "groups": optimizer["groups"],
        "numbers": optimizer["state"],
        "schedule": trainer.schedule.state_dict() if trainer.schedule else None,
        "progress": trainer.progress.state_dict(),
        "positions": trainer.positions,
        "extra": {name: state for name, state in extra.items() if state is not None},
    }
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    with atomic_write(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_checkpoint(
    path: str | os.PathLike[str], trainer: Trainer, settings: dict[str, Any] | None = None
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
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"the checkpoint {path} does not match this training ({_one_line(error)}): build "
            f"model and optimizer as they were built, or start from the beginning"
        ) from error


def _restore(trainer: Trainer, arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    model: dict[str, Any] = {}
    state: dict[str, dict[str, Any]] = {k: dict(v) for k, v in meta["numbers"].items()}
    for path, value in arrays.items():
        part, _, name = path.partition("/")
        if part == "model":
            model[name] = value
        elif part == "optimizer":
            parameter, key = name.split("/", 1)
            state.setdefault(parameter, {})[key] = value
    trainer.model.load_state_dict(model)
    trainer.optimizer.load_state_dict({"groups": meta["groups"], "state": state})
    if trainer.schedule is not None:
        trainer.schedule.load_state_dict(meta["schedule"])
    modules = dict(trainer.model.named_modules())
    for name, extra in meta["extra"].items():
        modules[name].set_extra_state(extra)
    trainer.progress.load_state_dict(meta["progress"])
    trainer.positions = [(epoch, index) for epoch, index in meta["positions"]]


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and the metadata of a checkpoint."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = dict(archive)
        meta = json.loads(arrays.pop("meta").tobytes())
        version = meta["version"]
    except FileNotFoundError:
        raise InputError(f"no checkpoint at {path}: start without --resume") from None
    except OSError as error:
        raise InputError(
            f"cannot read the checkpoint {path}: {describe_os_error(error)}; check its permissions"
        ) from error
    except Exception as error:  # damaged files raise errors of many kinds
        raise InputError(
            f"{path} is damaged or not a checkpoint ({_one_line(error)}): delete it and start "
            f"without --resume"
        ) from error
    if version != _VERSION:
        raise InputError(
            f"the checkpoint {path} has version {version}, this program reads {_VERSION}: resume "
            f"with the program that wrote it, or start without --resume"
        )
    return arrays, meta


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


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
