"""Switches of cuDNN, which have no effect: all ops are deterministic."""

from tinygrad_w2v.cuda import is_available as is_available

enabled = False
deterministic = True
benchmark = False
allow_tf32 = False
