"""The base class of Tensor that declares, for type checkers, the methods that ops attach to it.

The stub beside this file lists them. It is generated from the ops' records by
``docs/generate.py``.
"""


class TensorMethods:
    """Declares Tensor's operators and methods; empty at run time."""

    __slots__ = ()
