"""DataParallel without GPUs, a Function differentiated once, and an older optimizer class."""

import torch
import torch.functional
import torch.nn as nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.optim.optimizer import Optimizer, required


class Swish(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return grad * (s * (1 + x * (1 - s)))


class Momentum(Optimizer):
    def __init__(self, params, lr=required, momentum=0.0):
        if lr is not required and lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr, momentum=momentum))

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                d = p.grad.data
                state = self.state[p]
                if "buffer" not in state:
                    state["buffer"] = torch.zeros_like(p.data)
                state["buffer"].mul_(group["momentum"]).add_(d)
                p.data.add_(state["buffer"], alpha=-group["lr"])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 12), nn.Linear(12, 2)

    def forward(self, x, scale=1.0):
        return self.last(Swish.apply(self.first(x))) * scale


device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
torch.manual_seed(3)
x = torch.randn(30, 5)
target = torch.functional.einsum("ni,ij->nj", x, torch.randn(5, 2))
model = nn.DataParallel(Net()).to(device)
optimizer = Momentum(
    [
        {"params": model.module.first.parameters(), "lr": 0.05},
        {"params": model.module.last.parameters(), "lr": 0.02, "momentum": 0.8},
    ]
)
losses = []
for _ in range(20):
    loss = nn.MSELoss()(model(x, scale=0.5), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
state = {name.replace("module.", ""): value for name, value in model.state_dict().items()}
alone = Net()
alone.load_state_dict(state)
losses.append(nn.MSELoss()(alone(x, 0.5), target).item())
