"""Averages of a model's weights over a training, and the learning rate that goes with them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine import Tensor, no_grad
from tinygrad_w2v.nn import Module
from tinygrad_w2v.optim.lr_scheduler.cycle import PerGroup, cosine
from tinygrad_w2v.optim.lr_scheduler.decay import per_group
from tinygrad_w2v.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.validation import one_of, within

Average = Callable[[Any, Any, Any], Any]
"""Computes an average from the earlier one, the current values, and the number averaged so far."""


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """Return the function for exponential moving averages."""
    within(0, 1, decay=decay)
    return lambda average, current, count: decay * average + (1 - decay) * current


def get_swa_avg_fn() -> Average:
    """Return the function for the mean of all values."""
    return lambda average, current, count: average + (current - average) / (count + 1)


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of those of the model.

    Source: Izmailov et al., "Averaging weights leads to wider optima and better generalization",
    arXiv 1803.05407.

    Parameters
    ----------
    model
        Copied.
    device
        ``"cpu"`` or None.
    avg_fn
        Computes an average from the earlier one, the current values, and the number averaged so
        far; the mean of all by default. See :func:`get_ema_avg_fn`.
    multi_avg_fn
        Not supported.
    use_buffers
        Whether buffers are averaged, too. Otherwise they are copied.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> model = tg.nn.Linear(1, 1, bias=False)
    >>> averaged = AveragedModel(model)
    >>> for value in (1.0, 4.0):
    ...     _ = tg.nn.init.constant_(model.weight, value)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item()
    2.5
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        self.module = copy.deepcopy(model).to(device or "cpu")
        self.register_buffer("n_averaged", Tensor(np.array(0)))
        self.avg_fn, self.use_buffers = avg_fn or get_swa_avg_fn(), use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result of the averaged model."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Add the current parameters of the model to the averages."""
        count = int(self.n_averaged)
        pairs = list(zip(self.module.parameters(), model.parameters(), strict=True))
        buffers = list(zip(self.module.buffers(), model.buffers(), strict=True))
        is_averaged = len(pairs) + (len(buffers) if self.use_buffers else 0)
        with no_grad():
            for place, (average, current) in enumerate(pairs + buffers):
                new = current
                if count and place < is_averaged:
                    new = self.avg_fn(average.detach(), current.detach(), count)
                average[...] = new
            self.n_averaged[...] = count + 1


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of batch normalization layers from all batches.

    Parameters
    ----------
    loader
        Batches; of a list or tuple, the first entry is the model's input.
    model, device
        The model, and ``"cpu"`` or None.
    """
    layers: list[Any] = [layer for layer in model.modules() if hasattr(layer, "running_mean")]
    if not layers:
        return
    momenta = [layer.momentum for layer in layers]
    was_training = model.training
    model.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the mean over all batches
    for batch in loader:
        model(batch[0] if isinstance(batch, list | tuple) else batch)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Changes the rates to `swa_lr` within some epochs, then keeps them.

    Parameters
    ----------
    swa_lr
        The rate, for all groups or for each.
    anneal_epochs, anneal_strategy
        Epochs of the change; along a cosine (``"cos"``) or ``"linear"``.
    """

    chains = False

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: PerGroup,
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: float = -1,
    ) -> None:
        one_of(("cos", "linear"), anneal_strategy=anneal_strategy)
        self.swa_lrs = per_group("swa_lr", swa_lr, optimizer)
        self.anneal_epochs, self.anneal_strategy = anneal_epochs, anneal_strategy
        self.start_lrs = [group["lr"] for group in optimizer.param_groups]
        super().__init__(optimizer, last_epoch=last_epoch)

    def rate(self, index: int, done: float) -> float:
        share = min(1.0, done / self.anneal_epochs) if self.anneal_epochs else 1.0
        start, end = self.start_lrs[index], self.swa_lrs[index]
        if self.anneal_strategy == "cos":
            return cosine(start, end, share)
        return float(start + (end - start) * share)
