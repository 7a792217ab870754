"""PyTorch's import paths of layers, such as ``nn.modules.activation.ReLU``.

Every layer is found under each of PyTorch's files: the names are looked up in :mod:`nn`, and bases
such as ``_BatchNorm`` in its files.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_NN = __name__.rpartition(".")[0]

_FILES = (
    "activation adaptive batchnorm channelshuffle container conv distance dropout flatten fold "
    "instancenorm linear loss module normalization padding pixelshuffle pooling rnn sparse "
    "transformer upsampling"
)


def _find(name: str) -> Any:
    public = vars(sys.modules[_NN])
    if name in public:
        return public[name]
    for path, module in list(sys.modules.items()):
        if path.startswith(f"{_NN}.") and isinstance(vars(module).get(name), type):
            return vars(module)[name]
    raise AttributeError(f"{__name__} has no class {name!r}")


def __getattr__(name: str) -> Any:
    return _find(name)


for _name in _FILES.split():
    _module = ModuleType(f"{__name__}.{_name}", f"PyTorch's file ``{_name}``; see `nn.modules`.")
    vars(_module)["__getattr__"] = _find
    globals()[_name] = sys.modules[_module.__name__] = _module
