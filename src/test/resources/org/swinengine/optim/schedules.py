"""Writes schedules.json beside it: rates of timm's and PyTorch's schedulers at chosen steps."""

import json
import math
import os

import reference_stub  # noqa: F401  torchvision's operators, which a CPU build of torch lacks
import torch
from timm.scheduler.cosine_lr import CosineLRScheduler
from timm.scheduler.multistep_lr import MultiStepLRScheduler
from timm.scheduler.poly_lr import PolyLRScheduler
from timm.scheduler.step_lr import StepLRScheduler

HERE = os.path.dirname(os.path.abspath(__file__))
PEAK = 0.1
STEPS = 130


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK, momentum=0.9)


def timm(make):
    scheduler = make(optimizer())
    return [scheduler._get_lr(step)[0] for step in range(STEPS)]


def pytorch(make, steps):
    o = optimizer()
    scheduler = make(o)
    rates = []
    for _ in range(steps):
        rates.append(o.param_groups[0]["lr"])
        o.step()
        scheduler.step()
    return rates


def swin_linear(t, t_initial=100, warmup_t=20, warmup_lr_init=0.001, lr_min_rate=0.01):
    """Swin-Transformer, lr_scheduler.py: LinearLRScheduler._get_lr."""
    if t < warmup_t:
        return warmup_lr_init + t * (PEAK - warmup_lr_init) / warmup_t
    t = t - warmup_t
    total_t = t_initial - warmup_t
    return PEAK - ((PEAK - PEAK * lr_min_rate) * (t / total_t))


warm = dict(warmup_t=20, warmup_lr_init=0.001, t_in_epochs=False)
out = {
    "cosine": timm(lambda o: CosineLRScheduler(o, 80, lr_min=0.01, warmup_prefix=True, **warm)),
    "cosine without prefix": timm(lambda o: CosineLRScheduler(o, 100, lr_min=0.01, **warm)),
    "cosine, cycles": timm(
        lambda o: CosineLRScheduler(o, 30, lr_min=0.01, cycle_decay=0.5, cycle_limit=3, warmup_prefix=True, **warm)
    ),
    "cosine, growing cycles": timm(
        lambda o: CosineLRScheduler(
            o, 10, lr_min=0.01, cycle_mul=2.5, cycle_decay=0.7, cycle_limit=3, warmup_prefix=True, **warm
        )
    ),
    "polynomial": timm(lambda o: PolyLRScheduler(o, 80, power=0.9, lr_min=0.01, warmup_prefix=True, **warm)),
    "polynomial, cycles": timm(
        lambda o: PolyLRScheduler(o, 30, power=2.0, cycle_decay=0.5, cycle_limit=2, warmup_prefix=True, **warm)
    ),
    "step": timm(lambda o: StepLRScheduler(o, 30, decay_rate=0.1, warmup_prefix=True, **warm)),
    "step without prefix": timm(lambda o: StepLRScheduler(o, 30, decay_rate=0.1, warmup_prefix=False, **warm)),
    "timm multistep one step earlier": timm(
        lambda o: MultiStepLRScheduler(o, [31, 61, 91], decay_rate=0.1, warmup_prefix=False, **warm)
    ),
    "multistep": pytorch(lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [30, 60, 60, 90], 0.3), STEPS),
    "swin linear": [swin_linear(t) for t in range(100)],
    "linear": pytorch(lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.2, 50), STEPS),
    "lrf": pytorch(
        lambda o: torch.optim.lr_scheduler.LambdaLR(
            o, lambda e: ((1 + math.cos(e * math.pi / 10)) / 2) * (1 - 0.01) + 0.01
        ),
        10,
    ),
}
for linear in (False, True):
    for three in (False, True):
        name = "one cycle" + (", linear" if linear else "") + (", three phases" if three else "")
        out[name] = pytorch(
            lambda o: torch.optim.lr_scheduler.OneCycleLR(
                o,
                PEAK,
                100,
                pct_start=0.23,
                anneal_strategy="linear" if linear else "cos",
                div_factor=20,
                final_div_factor=500,
                three_phase=three,
            ),
            100,
        )
with open(os.path.join(HERE, "schedules.json"), "w") as file:
    json.dump(out, file)
    file.write("\n")
