"""Writes regions.json: losses of segmentation and their gradients by PyTorch in float64.

    python3 regions.py > regions.json       # torch 2.13
"""
import json
import torch

torch.manual_seed(4)
logits = torch.randn(2, 4, 5, 6, dtype=torch.float64).float().double().requires_grad_()
labels = torch.randint(0, 4, (2, 5, 6))
labels[labels == 3] = 0  # a class that does not occur
ignored = torch.rand(2, 5, 6) < .2
distances = torch.randn(2, 4, 5, 6, dtype=torch.float64).float().double()


def dice(p, g, count, smooth=1e-5):
    """Swin-Unet's utils.DiceLoss, class by class."""
    loss = 0
    for c in range(p.shape[1]):
        score, target = p[:, c][count], g[:, c][count]
        loss = loss + 1 - (2 * (score * target).sum() + smooth) / ((score * score).sum() + (target * target).sum() + smooth)
    return loss / p.shape[1]


def tversky(p, g, count, alpha=.3, beta=.7, smooth=1.):
    loss = 0
    for c in range(p.shape[1]):
        score, target = p[:, c][count], g[:, c][count]
        tp, fp, fn = (score * target).sum(), (score * (1 - target)).sum(), ((1 - score) * target).sum()
        loss = loss + 1 - (tp + smooth) / (tp + alpha * fp + beta * fn + smooth)
    return loss / p.shape[1]


def result(loss):
    logits.grad = None
    loss.backward()
    return {"loss": loss.item(), "gradient": logits.grad.ravel().tolist()}


onehot = torch.nn.functional.one_hot(labels, 4).permute(0, 3, 1, 2).double()
everything = torch.ones_like(ignored)
out = {"logits": logits.detach().ravel().tolist(), "labels": labels.ravel().tolist(),
       "ignoring": torch.where(ignored, 255, labels).ravel().tolist(), "distances": distances.ravel().tolist()}
for name, count in (("", everything), ("_ignoring", ~ignored)):
    out["dice" + name] = result(dice(logits.softmax(1), onehot, count))
    out["tversky" + name] = result(tversky(logits.softmax(1), onehot, count))
out["boundary"] = result((logits.softmax(1) * distances).mean())
out["original"] = result(.4 * torch.nn.functional.cross_entropy(logits, labels) + .6 * dice(logits.softmax(1), onehot, everything))
print(json.dumps(out))
