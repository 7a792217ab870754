"""Pixels optimized by L-BFGS towards features of another image: content and Gram matrices."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(0)
features = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
for parameter in features.parameters():
    parameter.requires_grad_(False)
content_img, style_img = torch.rand(1, 3, 6, 6), torch.rand(1, 3, 6, 6)


def gram_matrix(input):
    a, b, c, d = input.size()
    flat = input.view(a * b, c * d)
    return torch.mm(flat, flat.t()).div(a * b * c * d)


target_content = features(content_img).detach()
target_gram = gram_matrix(features(style_img)).detach()
input_img = content_img.clone().requires_grad_(True)
optimizer = optim.LBFGS([input_img], max_iter=5)
losses = []
while len(losses) < 20:

    def closure():
        with torch.no_grad():
            input_img.clamp_(0, 1)
        optimizer.zero_grad()
        output = features(input_img)
        style_score = F.mse_loss(gram_matrix(output), target_gram) * 1000
        loss = style_score + F.mse_loss(output, target_content)
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
losses = losses[:20]
