"""Is a gradient right? A verdict for any function, Module or registered op.

``gradcheck`` compares gradients with finite differences, ``gradgradcheck`` the second
derivatives, ``gradcheck_module`` those of a Module, ``opcheck`` everything about an op.
"""

from tinygrad_w2v.testing.gradcheck import gradcheck, gradcheck_module, gradgradcheck
from tinygrad_w2v.testing.opcheck import CheckRow, OpcheckError, OpcheckReport, opcheck
from tinygrad_w2v.testing.pytest_cases import gradcheck_cases
from tinygrad_w2v.testing.report import GradcheckReport
from tinygrad_w2v.testing.verdict import Finding, GradcheckError, Step, Verdict

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
