"""Writes losses.json beside it: values and gradients of PyTorch, timm and torchvision in float64.

Needs torch, timm and torchvision's formula, which stands below as torchvision has it.
"""

import importlib.util
import json
import os

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))


def timm_file(*path):
    """A file of timm without its package, which imports torchvision's operators."""
    root = os.path.dirname(importlib.util.find_spec("timm").origin)
    spec = importlib.util.spec_from_file_location(path[-1][:-3], os.path.join(root, *path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sigmoid_focal_loss(inputs, targets, alpha=0.25, gamma=2.0):
    """torchvision.ops.focal_loss, reduction none."""
    p = torch.sigmoid(inputs)
    ce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    p_t = p * targets + (1 - p) * (1 - targets)
    loss = ce * ((1 - p_t) ** gamma)
    if alpha >= 0:
        loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss
    return loss


def softmax_focal_loss(x, y, alpha, gamma):
    log_p = F.log_softmax(x, 1).gather(1, y[:, None])[:, 0]
    weight = 1 if alpha is None else alpha[y]
    return -weight * (1 - log_p.exp()) ** gamma * log_p


torch.manual_seed(3)
logits = (3 * torch.randn(5, 4, dtype=torch.float64)).round(decimals=3)
labels = torch.tensor([2, 0, 3, 3, 1])
weights = torch.tensor([0.5, 2.0, 1.25, 3.0], dtype=torch.float64)
soft = torch.tensor(
    [[0.7, 0.3, 0, 0], [0.25, 0.25, 0.25, 0.25], [0, 0, 1, 0], [0.1, 0.2, 0.3, 0.4], [0, 0.5, 0, 0.5]],
    dtype=torch.float64,
)
several = torch.tensor(
    [[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0.9, 0.1, 0, 0.5], [0, 1, 0, 0]], dtype=torch.float64
)
teacher = (2 * torch.randn(5, 4, dtype=torch.float64)).round(decimals=3)
soft_target = timm_file("loss", "cross_entropy.py").SoftTargetCrossEntropy()
bce = timm_file("loss", "binary_cross_entropy.py").BinaryCrossEntropy


def kl(x, tau, reduction):
    return F.kl_div(
        F.log_softmax(x / tau, 1), F.log_softmax(teacher / tau, 1), reduction=reduction, log_target=True
    )


cases = {
    "soft": lambda x: soft_target(x, soft),
    "weighted": lambda x: F.cross_entropy(x, labels, weight=weights),
    "weighted, smoothed": lambda x: F.cross_entropy(x, labels, weight=weights, label_smoothing=0.1),
    "rows": lambda x: F.cross_entropy(x, labels, weight=weights, label_smoothing=0.1, reduction="none"),
    "focal": lambda x: softmax_focal_loss(x, labels, None, 2.0).mean(),
    "focal, weighted": lambda x: softmax_focal_loss(x, labels, weights, 1.5).mean(),
    "binary": lambda x: F.binary_cross_entropy_with_logits(x, several),
    "binary, weighted": lambda x: F.binary_cross_entropy_with_logits(x, several, pos_weight=weights),
    "binary, sum of classes": lambda x: bce(smoothing=0, sum_classes=True)(x, several),
    "binary, smoothed labels": lambda x: bce(smoothing=0.1)(x, labels),
    "binary, threshold": lambda x: bce(smoothing=0, target_threshold=0.2)(x, soft),
    "binary focal": lambda x: sigmoid_focal_loss(x, several).mean(),
    "binary focal, no alpha": lambda x: sigmoid_focal_loss(x, several, -1, 1.5).mean(),
    "distilled": lambda x: kl(x, 3.0, "batchmean") * 9.0,
    "distilled, DeiT": lambda x: 0.25 * F.cross_entropy(x, labels)
    + 0.75 * kl(x, 3.0, "sum") * (3.0 * 3.0) / x.numel(),
    "distilled, hard": lambda x: 0.5 * F.cross_entropy(x, labels)
    + 0.5 * F.cross_entropy(x, teacher.argmax(dim=1)),
}
out = {
    "logits": logits.flatten().tolist(),
    "labels": labels.tolist(),
    "weights": weights.tolist(),
    "soft": soft.flatten().tolist(),
    "several": several.flatten().tolist(),
    "teacher": teacher.flatten().tolist(),
    "cases": {},
}
for name, loss in cases.items():
    x = logits.clone().requires_grad_()
    value = loss(x)
    value.sum().backward()
    out["cases"][name] = {"value": value.flatten().tolist(), "gradient": x.grad.flatten().tolist()}
with open(os.path.join(HERE, "losses.json"), "w") as file:
    json.dump(out, file, indent=1)
    file.write("\n")
