"""Tools on the tape: functional derivatives, graph drawing, profiling, anomaly detection."""

from tinygrad_w2v.autograd.variable import Variable as Variable
