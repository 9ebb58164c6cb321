"""Writes curve.json: the losses of twenty steps of the original Swin-Unet in PyTorch.

    python3 curve.py CHECKOUT > curve.json       # torch 2.13, HuCaoFighting/Swin-Unet at f48f623

The model is small, 64x64 pixels, without dropout and stochastic depth; weights, pictures and masks are functions of
names and places (SwinUnetCurve has the same), so that no file holds them.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 7, "bench", "peers"))
import common
import torch

STEPS, BATCH, SIDE, CLASSES = 20, 2, 64, 3
ALL = 2**64 - 1


def numbers(name, count):
    """Uniform in [0, 1): splitmix64 with Java's String.hashCode for a seed, the upper 24 bits."""
    seed = 0
    for letter in name:
        seed = (seed * 31 + ord(letter)) & 0xFFFFFFFF
    result = []
    for i in range(count):
        z = (seed + (i + 1) * 0x9E3779B97F4A7C15) & ALL
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & ALL
        z = (z ^ z >> 27) * 0x94D049BB133111EB & ALL
        result.append(((z ^ z >> 31) >> 40) / 2**24)
    return torch.tensor(result, dtype=torch.float64)


def fill(name, parameter):
    """Matrices within 0.1 of 0, the scales of norms within 0.1 of 1."""
    values = (numbers(name, parameter.numel()) - .5) * .2
    parameter.data = (values + (1 if "norm" in name and name.endswith("weight") else 0)).reshape(parameter.shape).float()


def batch(step):
    """Discs of two classes over noise."""
    labels = torch.zeros(BATCH, SIDE, SIDE, dtype=torch.long)
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    for i in range(BATCH):
        for c in range(1, CLASSES):
            row, column, radius = (numbers(f"disc {step} {i} {c}", 3) * torch.tensor([SIDE, SIDE, 12.])).long() + torch.tensor([0, 0, 4])
            labels[i][(rows - row) ** 2 + (columns - column) ** 2 <= radius ** 2] = c
    noise = numbers(f"picture {step}", BATCH * 3 * SIDE * SIDE).reshape(BATCH, 3, SIDE, SIDE)
    return (noise * 2 - 1 + labels[:, None].double()).float(), labels


def losses(optimizer_of, dice_loss):
    model = common.swin_unet(
        sys.argv[1], SIDE, num_classes=CLASSES, embed_dim=8, num_heads=[1, 2, 2, 4], window_size=2, drop_rate=0.0,
        drop_path_rate=0.0)
    for name, parameter in model.named_parameters():
        fill(name, parameter)
    optimizer = optimizer_of(model.parameters())
    schedule = torch.optim.lr_scheduler.PolynomialLR(optimizer, STEPS, 0.9)
    cross_entropy = torch.nn.CrossEntropyLoss()
    values = []
    for step in range(STEPS):
        images, labels = batch(step)
        outputs = model(images)
        loss = 0.4 * cross_entropy(outputs, labels) + 0.6 * dice_loss(outputs, labels, softmax=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        values.append(loss.item())
    return values


dice_loss = common.swin_unet_dice(sys.argv[1], CLASSES)
print(json.dumps({
    "sgd": losses(lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, weight_decay=1e-4), dice_loss),
    "adamw": losses(lambda p: torch.optim.AdamW(p, 1e-3, weight_decay=0.01), dice_loss)}, indent=1))
