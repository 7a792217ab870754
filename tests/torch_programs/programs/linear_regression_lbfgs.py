"""Linear regression with L-BFGS and a closure; two parameter groups afterwards."""

import numpy as np
import torch

x_train = np.array([[3.3], [4.4], [5.5], [6.71], [6.93], [4.168], [9.779]], dtype=np.float32)
y_train = np.array([[1.7], [2.76], [2.09], [3.19], [1.694], [1.573], [3.366]], dtype=np.float32)
torch.manual_seed(0)
x, y = torch.from_numpy(x_train), torch.from_numpy(y_train)
model = torch.nn.Linear(1, 1)
criterion = torch.nn.MSELoss()
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=4)
losses = []
for _ in range(10):

    def closure():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        return loss

    losses.append(optimizer.step(closure).item())
optimizer = torch.optim.SGD(
    [{"params": model.weight}, {"params": model.bias, "lr": 1e-2, "momentum": 0.5}], lr=1e-3
)
for _ in range(10):
    losses.append(optimizer.step(closure).item())
predicted = model(x).detach().numpy()
losses.append(float(predicted.sum()))
