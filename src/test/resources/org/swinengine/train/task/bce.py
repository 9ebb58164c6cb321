"""Makes bce.json: PyTorch's BCEWithLogitsLoss of sets of classes, with pos_weight and smoothed targets."""
import json
import pathlib

import torch

torch.manual_seed(3)
CLASSES = 4
# Of all training images; a batch is the first five of them.
SETS = [[0, 2], [1], [], [0, 1, 3], [2], [0], [0, 2], []]


def main():
    rows = torch.zeros(len(SETS), CLASSES, dtype=torch.float64)
    for i, labels in enumerate(SETS):
        rows[i, labels] = 1
    yes = rows.sum(0)
    cases = []
    for smoothing in (0.0, 0.1):
        for weights in ("none", "balanced"):
            logits = torch.round(torch.randn(5, CLASSES) * 3, decimals=3).double().requires_grad_()
            # As timm's BinaryCrossEntropy smooths labels.
            off = smoothing / CLASSES
            targets = torch.where(rows[:5] > 0, 1 - smoothing + off, off)
            weight = (len(SETS) - yes) / yes if weights == "balanced" else None
            loss = torch.nn.BCEWithLogitsLoss(pos_weight=weight)(logits, targets)
            loss.backward()
            cases.append({
                "smoothing": smoothing, "weights": weights, "logits": logits.flatten().tolist(),
                "loss": loss.item(), "gradient": logits.grad.flatten().tolist()})
    file = pathlib.Path(__file__).with_name("bce.json")
    file.write_text(json.dumps({"sets": SETS, "classes": CLASSES, "cases": cases}) + "\n")


main()
