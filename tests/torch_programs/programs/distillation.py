"""Knowledge distillation: a student learns a teacher's softened outputs."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
x, labels = torch.randn(40, 8), torch.randint(0, 3, (40,))
teacher = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))
student = nn.Sequential(nn.Linear(8, 6), nn.Hardswish(), nn.Dropout(p=0.2), nn.Linear(6, 3))
T, alpha = 3.0, 0.7
losses = []
optimizer = torch.optim.Adam(teacher.parameters(), lr=0.01)
for _ in range(8):
    loss = F.cross_entropy(teacher(x), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
teacher.eval()
optimizer = torch.optim.Adam(student.parameters(), lr=0.01)
for _ in range(12):
    with torch.no_grad():
        teacher_logits = teacher(x)
    student_logits = student(x)
    soft = F.kl_div(
        F.log_softmax(student_logits / T, dim=1),
        F.softmax(teacher_logits / T, dim=1),
        reduction="batchmean",
    )
    loss = alpha * T * T * soft + (1 - alpha) * F.cross_entropy(student_logits, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
