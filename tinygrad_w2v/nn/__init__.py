"""Modules, layers, losses and initialisation."""

from tinygrad_w2v.nn import functional

__all__ = ["functional"]
