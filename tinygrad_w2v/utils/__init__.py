"""PyTorch's ``torch.utils``: names of functions that are defined elsewhere in this package."""

from tinygrad_w2v.utils import checkpoint as checkpoint
from tinygrad_w2v.utils import data as data
