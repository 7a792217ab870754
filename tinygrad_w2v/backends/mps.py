"""Apple's GPUs, which are not used."""

from tinygrad_w2v.cuda import is_available as is_available
from tinygrad_w2v.cuda import is_available as is_built  # noqa: F401  (both are False)
