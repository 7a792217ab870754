"""Gradient checks of functions, Modules and registered ops, each with a verdict.

``gradcheck`` compares gradients with finite differences, ``gradgradcheck`` second derivatives,
``gradcheck_module`` those of a Module; ``opcheck`` runs all checks of an op.
"""

from tinygrad_w2v.testing.gradcheck import gradcheck, gradcheck_module, gradgradcheck
from tinygrad_w2v.testing.opcheck import CheckRow, OpcheckError, OpcheckReport, opcheck
from tinygrad_w2v.testing.pytest_cases import gradcheck_cases
from tinygrad_w2v.testing.report import Finding, GradcheckError, GradcheckReport, Step, Verdict

__all__ = [
    "CheckRow",
    "Finding",
    "GradcheckError",
    "GradcheckReport",
    "OpcheckError",
    "OpcheckReport",
    "Step",
    "Verdict",
    "gradcheck",
    "gradcheck_cases",
    "gradcheck_module",
    "gradgradcheck",
    "opcheck",
]
