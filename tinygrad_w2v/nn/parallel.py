"""PyTorch's wrappers for several GPUs. There is no GPU, so they call the module itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_w2v.absent import missing_attribute
from tinygrad_w2v.nn.module import Module


class DataParallel(Module):
    """Call a module, as PyTorch does on a machine without GPUs.

    The parameters of the wrapped module have the names ``module.…``.

    Parameters
    ----------
    module
        The module to call.
    device_ids, output_device, dim
        Accepted as in PyTorch and unused: they choose GPUs.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> model = nn.DataParallel(nn.Linear(4, 2))
    >>> list(model.state_dict())
    ['module.weight', 'module.bias']
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Call the module."""
        return self.module(*inputs, **named)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """Call a module with an input or a tuple of inputs; see :class:`DataParallel`."""
    arguments = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*arguments, **(module_kwargs or {}))


if not TYPE_CHECKING:  # so that type checkers report misspelt names

    def __getattr__(name: str) -> Any:
        raise missing_attribute(__name__, name)
