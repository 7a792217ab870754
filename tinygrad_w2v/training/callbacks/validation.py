"""The loss on held-out batches after each epoch, and what depends on it."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v.engine import no_grad
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.archive import read_archive, write_archive
from tinygrad_w2v.training.callbacks.base import Callback
from tinygrad_w2v.training.loop import generators
from tinygrad_w2v.validation import integer


class Validation(Callback):
    """Computes the mean loss on held-out batches after each epoch.

    It is in ``trainer.metrics["validation_loss"]``. The model computes it in evaluation mode,
    without gradients, with the same random numbers each time, and the training is the same as
    without it.

    Parameters
    ----------
    batches
        The source of the batches; its epoch 0 is used each time.

    Attributes
    ----------
    loss, best : float
        The last loss, and the least so far; NaN and infinity before the first epoch.
    best_epoch, epoch : int
        The epoch of the best loss and of the last, from 1; 0 before the first.
    """

    def __init__(self, batches: Any) -> None:
        self.batches = batches
        self.loss, self.best, self.best_epoch, self.epoch = math.inf, math.inf, 0, 0
        self._twin: Any = None

    @property
    def improved(self) -> bool:
        """Whether the last epoch had the best loss so far."""
        return self.epoch == self.best_epoch

    def on_start(self, trainer: Any) -> None:
        """Copy the model's structure and random generators; parameters stay shared."""
        shared = {id(tensor): tensor for _, tensor in trainer.model.named_tensors()}
        self._twin = copy.deepcopy(trainer.model, shared)

    def on_epoch(self, trainer: Any, epoch: int) -> None:
        """Compute the loss."""
        model = self._twin.eval()
        for number, generator in enumerate(generators(model)):
            generator.bit_generator.state = type(generator.bit_generator)(number).state
        total = predictions = 0.0
        with no_grad(), np.errstate(over="ignore", invalid="ignore"):
            for batch in self.batches.epoch(0):
                arguments = batch if isinstance(batch, tuple | list) else (batch,)
                count = 1.0 if trainer.predictions is None else trainer.predictions(*arguments)
                total += model(*arguments).item() * count
                predictions += count
        if not predictions:
            raise InputError("the held-out batches are empty: hold out a larger part")
        self.loss, self.epoch = total / predictions, epoch
        if self.loss < self.best:
            self.best, self.best_epoch = self.loss, epoch
        trainer.metrics["validation_loss"] = self.loss

    def state_dict(self) -> dict[str, float]:
        """Return the losses and their epochs."""
        names = ("loss", "best", "best_epoch", "epoch")
        return {name: getattr(self, name) for name in names}


class EarlyStopping(Callback):
    """Ends a training when the validation loss has not improved for some epochs.

    Parameters
    ----------
    validation
        Listed before this callback.
    patience
        Number of epochs without a better loss.
    """

    def __init__(self, validation: Validation, patience: int) -> None:
        self.validation, self.patience = validation, integer("patience", patience, least=1)

    def on_epoch(self, trainer: Any, epoch: int) -> None:
        """End the training if the patience is exhausted."""
        without = epoch - self.validation.best_epoch
        if without >= self.patience:
            trainer.end(
                f"the validation loss was least after epoch {self.validation.best_epoch} "
                f"({self.validation.best:.4f}) and has not improved for {without} epochs"
            )


class SaveBest(Callback):
    """Writes the model's state whenever the validation loss improves, and restores it at the end.

    Parameters
    ----------
    validation
        Listed before this callback.
    path
        The file, which is deleted when a training has ended. It remains if the training is
        interrupted, for its continuation.
    save
        Called with the trainer after each improvement, for instance to write vectors.
    """

    def __init__(
        self,
        validation: Validation,
        path: str | os.PathLike[str],
        save: Callable[[Any], None] | None = None,
    ) -> None:
        self.validation, self.path, self.save = validation, Path(path), save

    def on_epoch(self, trainer: Any, epoch: int) -> None:
        """Write the state if the loss has improved."""
        if self.validation.improved:
            state = trainer.model.state_dict()
            arrays = {name: np.asarray(value) for name, value in state.items()}
            meta = {"epoch": epoch, "validation_loss": self.validation.loss}
            write_archive(self.path, arrays, meta, any_name=True)
            if self.save is not None:
                self.save(trainer)

    def on_end(self, trainer: Any) -> None:
        """Restore the best state and delete the file, unless the training was interrupted."""
        if not trainer.finished or not self.path.exists():
            return
        if not self.validation.improved:
            arrays, _ = read_archive(self.path, any_name=True)
            trainer.model.load_state_dict(arrays)
        self.path.unlink()
