"""Writes overlapping.json: losses of pixels that may have several classes, and their gradients, by PyTorch in
float64. Dice has the formula of MONAI's DiceLoss(sigmoid=True, squared_pred=True), focal torchvision's.

    python3 overlapping.py > overlapping.json       # torch 2.13
"""
import json
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

torch.manual_seed(7)
B, C, H, W = 2, 3, 5, 6
logits = torch.randn(B, C, H, W, dtype=torch.float64).float().double().requires_grad_()
masks = torch.rand(B, C, H, W) < torch.tensor([.5, .2, .0]).view(1, 3, 1, 1)  # the last does not occur
masks[:, 1] &= masks[:, 0]  # nested regions
ignored = torch.rand(B, H, W) < .2
positive = torch.tensor([.5, 4., 1.], dtype=torch.float64)


def sums(x, count, each):
    """[classes] over the batch, or [batch, classes]."""
    return (x * count).sum((2, 3) if each else (0, 2, 3))


def dice(p, g, count, each=False, smooth=1e-5):
    above = 2 * sums(p * g, count, each) + smooth
    return (1 - above / (sums(p * p, count, each) + sums(g * g, count, each) + smooth)).mean()


def tversky(p, g, count, each=False, alpha=.3, beta=.7, smooth=1.):
    tp = sums(p * g, count, each)
    fp, fn = sums(p * (1 - g), count, each), sums((1 - p) * g, count, each)
    return (1 - (tp + smooth) / (tp + alpha * fp + beta * fn + smooth)).mean()


def mean(losses, count):
    return (losses * count).sum() / count.expand_as(losses).sum()


def focal(x, g, gamma=2.):
    p = x.sigmoid()
    right = p * g + (1 - p) * (1 - g)
    return bce(x, g, reduction="none") * (1 - right) ** gamma


def result(loss):
    logits.grad = None
    loss.backward()
    return {"loss": loss.item(), "gradient": logits.grad.ravel().tolist()}


g = masks.double()
sets = sum(masks[:, c].int() << c for c in range(C))
smooth = g * .9 + .1 / C
out = {"logits": logits.detach().ravel().tolist(), "sets": sets.ravel().tolist(), "positive": positive.tolist(),
       "ignoring": torch.where(ignored, -1, sets).ravel().tolist()}
for name, count in (("", torch.ones(B, 1, H, W).double()), ("_ignoring", (~ignored).double()[:, None])):
    p = logits.sigmoid
    out["dice" + name] = result(dice(p(), g, count))
    out["dice_picture" + name] = result(dice(p(), g, count, True))
    out["tversky" + name] = result(tversky(p(), g, count))
    out["bce" + name] = result(mean(bce(logits, g, reduction="none"), count))
    out["bce_positive" + name] = result(
        mean(bce(logits, g, pos_weight=positive.view(3, 1, 1), reduction="none"), count))
    out["bce_smooth" + name] = result(mean(bce(logits, smooth, reduction="none"), count))
    out["focal" + name] = result(mean(focal(logits, g), count))
    out["bce_dice" + name] = result(.4 * mean(bce(logits, g, reduction="none"), count) + .6 * dice(p(), g, count))
print(json.dumps(out))
