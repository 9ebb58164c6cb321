"""Writes optimizers.json beside it: five steps of PyTorch's and timm's optimizers in float64.

Two weights with decay, a bias without; gradients are given. `weights` holds the parameters after each step,
`state` what the optimizer remembers after the last one.
"""

import json
import os

import reference_stub  # noqa: F401  torchvision's operators, which a CPU build of torch lacks
import torch
from timm.optim.lamb import Lamb
from timm.utils.agc import adaptive_clip_grad
from timm.utils.model_ema import ModelEmaV3

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = 5
SHAPES = {"a.weight": (3, 4), "b.weight": (2, 3), "b.bias": (2,)}
torch.manual_seed(5)


def numbers(shape, scale):
    return (scale * torch.randn(shape, dtype=torch.float64)).round(decimals=4)


first = {name: numbers(shape, 0.5) for name, shape in SHAPES.items()}
gradients = [{name: numbers(shape, 1.5) for name, shape in SHAPES.items()} for _ in range(STEPS)]
gradients[2] = {name: torch.zeros_like(g) for name, g in gradients[2].items()}
RATE = 0.05


def run(make, clip=lambda parameters: None, decay=0.1):
    parameters = {name: torch.nn.Parameter(value.clone()) for name, value in first.items()}
    groups = [
        {"params": [p for n, p in parameters.items() if p.ndim > 1], "weight_decay": decay},
        {"params": [p for n, p in parameters.items() if p.ndim == 1], "weight_decay": 0.0},
    ]
    optimizer = make(groups)
    weights = []
    for step in range(STEPS):
        for name, p in parameters.items():
            p.grad = gradients[step][name].clone()
        clip(parameters.values())
        optimizer.step()
        weights.append({name: p.detach().flatten().tolist() for name, p in parameters.items()})
    state = {}
    for name, p in parameters.items():
        for key, value in optimizer.state[p].items():
            if torch.is_tensor(value) and value.shape == p.shape:
                state[key + "." + name] = value.flatten().tolist()
    return {"weights": weights, "state": state}


def lamb(**options):
    return lambda groups: Lamb(groups, lr=RATE, **options)


def ema(**options):
    """The average after each step of a parameter that takes given values."""
    module = torch.nn.Module()
    module.p = torch.nn.Parameter(first["a.weight"].clone())
    average = ModelEmaV3(module, **options)
    result = []
    for step in range(STEPS):
        module.p.data.copy_(first["a.weight"] + gradients[step]["a.weight"])
        average.update(module, step=step + 1)
        result.append(average.module.p.detach().flatten().tolist())
    decays = [average.get_decay(step) for step in (1, 2, 3, 10, 1000, 100000)]
    return {"average": result, "decays": decays}


out = {
    "rate": RATE,
    "shapes": {name: list(shape) for name, shape in SHAPES.items()},
    "first": {name: value.flatten().tolist() for name, value in first.items()},
    "gradients": [{n: g.flatten().tolist() for n, g in step.items()} for step in gradients],
    "cases": {
        "adamw": run(lambda groups: torch.optim.AdamW(groups, lr=RATE)),
        "adam": run(lambda groups: torch.optim.Adam(groups, lr=RATE)),
        "sgd": run(lambda groups: torch.optim.SGD(groups, lr=RATE)),
        "momentum": run(lambda groups: torch.optim.SGD(groups, lr=RATE, momentum=0.9)),
        "nesterov": run(lambda groups: torch.optim.SGD(groups, lr=RATE, momentum=0.9, nesterov=True)),
        "lamb": run(lamb()),
        "lamb without clipping": run(lamb(max_grad_norm=None)),
        "lamb, trust clip": run(lamb(max_grad_norm=None, trust_clip=True)),
        "lamb, always adapt": run(lamb(max_grad_norm=None, always_adapt=True)),
        "lamb, no averaging, no correction": run(
            lamb(max_grad_norm=None, grad_averaging=False, bias_correction=False)
        ),
        "lamb without decay": run(lamb(max_grad_norm=None), decay=0.0),
        "clipped by norm": run(
            lambda groups: torch.optim.SGD(groups, lr=RATE),
            lambda parameters: torch.nn.utils.clip_grad_norm_(parameters, 2.0),
        ),
        "clipped by value": run(
            lambda groups: torch.optim.SGD(groups, lr=RATE),
            lambda parameters: torch.nn.utils.clip_grad_value_(parameters, 0.75),
        ),
        "clipped adaptively": run(
            lambda groups: torch.optim.SGD(groups, lr=RATE),
            lambda parameters: adaptive_clip_grad(parameters, 0.3),
        ),
    },
    "averages": {
        "plain": ema(decay=0.9),
        "after 2": ema(decay=0.9, update_after_step=2),
        "warming up": ema(decay=0.95, use_warmup=True),
        "warming up from 0.5": ema(decay=0.95, min_decay=0.5, use_warmup=True, warmup_power=0.75),
    },
}
with open(os.path.join(HERE, "optimizers.json"), "w") as file:
    json.dump(out, file)
    file.write("\n")
