"""Probability distributions: samples, log-probabilities and divergences, named as in PyTorch."""

from __future__ import annotations

from tinygrad_w2v.distributions.bernoulli import Bernoulli as Bernoulli
from tinygrad_w2v.distributions.categorical import Categorical as Categorical
from tinygrad_w2v.distributions.distribution import Distribution as Distribution
from tinygrad_w2v.distributions.exponential import Exponential as Exponential
from tinygrad_w2v.distributions.independent import Independent as Independent
from tinygrad_w2v.distributions.kl import kl_divergence as kl_divergence
from tinygrad_w2v.distributions.kl import register_kl as register_kl
from tinygrad_w2v.distributions.normal import Normal as Normal
from tinygrad_w2v.distributions.uniform import Uniform as Uniform
