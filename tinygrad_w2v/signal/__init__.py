"""Signal processing under the names of ``torch.signal``: windows."""

from tinygrad_w2v.signal import windows

__all__ = ["windows"]
