"""Jacobians, Hessians and products with vectors, used for Newton steps."""

import torch
from torch.autograd.functional import hessian, hvp, jacobian, jvp, vjp

torch.manual_seed(0)
A = torch.randn(6, 3)
b = torch.randn(6)


def residuals(w):
    return torch.tanh(A @ w) - b


def objective(w):
    return 0.5 * (residuals(w) ** 2).sum()


w = torch.zeros(3)
losses = []
for _ in range(6):
    J, r = jacobian(residuals, w), residuals(w)
    step = torch.linalg.solve(J.t() @ J + 0.1 * torch.eye(3), J.t() @ r)
    w = w - step
    losses.append(objective(w).item())
for _ in range(6):
    H = hessian(objective, w)
    (g,) = torch.autograd.grad(objective(w.requires_grad_()), w)
    w = (w - torch.linalg.inv(H + 0.5 * torch.eye(3)) @ g).detach()
    losses.append(objective(w).item())
v = torch.ones(3)
losses += [hvp(objective, w, v)[1].sum().item(), (H @ v).sum().item()]
losses += [jvp(residuals, w, v)[1].sum().item(), vjp(residuals, w, torch.ones(6))[1].sum().item()]
losses += [torch.linalg.norm(H).item(), torch.det(H).item(), torch.trace(H).item()]
