"""Writes mixup.json beside it: timm's Mixup on small batches, with the random numbers that it drew.

numpy.random is replaced by a recorder; each decision's numbers are kept under the names that the engine has.
"""

import importlib.util
import json
import os

import numpy
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(importlib.util.find_spec("timm").origin)
spec = importlib.util.spec_from_file_location("mixup", os.path.join(ROOT, "data", "mixup.py"))
mixup = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mixup)

SIZE, CHANNELS, HEIGHT, WIDTH, CLASSES = 4, 2, 4, 5, 3


class Recorder:
    """Stands for numpy.random: draws, and keeps what it drew in the order of the calls."""

    def __init__(self, seed):
        self.random = numpy.random.RandomState(seed)
        self.calls = []

    def keep(self, kind, value):
        self.calls.append((kind, value))
        return value

    def rand(self, *size):
        return self.keep("rand", self.random.rand(*size))

    def beta(self, a, b, size=None):
        return self.keep("beta", self.random.beta(a, b, size=size))

    def randint(self, low, high, size=None):
        assert low == 0
        return self.keep("randint" + str(high), self.random.randint(low, high, size=size))


def case(seed, **options):
    recorder = Recorder(seed)
    real = mixup.np.random
    mixup.np.random = recorder
    try:
        mix = mixup.Mixup(num_classes=CLASSES, **options)
        numbers = torch.arange(SIZE * CHANNELS * HEIGHT * WIDTH) * 37 % 101
        images = numbers.float().div(128).view(SIZE, CHANNELS, HEIGHT, WIDTH)
        labels = torch.tensor([0, 2, 1, 2])
        mixed, targets = mix(images, labels)
    finally:
        mixup.np.random = real
    return {
        "options": options,
        "labels": labels.tolist(),
        "mixed": [round(v, 9) for v in mixed.flatten().tolist()],
        "targets": [round(v, 9) for v in targets.flatten().tolist()],
        "draws": draws(recorder.calls, options),
    }


def draws(calls, options):
    """The numbers of each decision: [mixes, cuts, mixup λ, cutmix λ, y, x]; −1 where timm drew none."""
    n = {"batch": 1, "pair": SIZE // 2, "elem": SIZE}[options["mode"]]
    both = options["mixup_alpha"] > 0 and options["cutmix_alpha"] > 0
    batch = options["mode"] == "batch"
    rest = list(calls)
    mixes, cuts, mixups, cutmixes = None, [-1] * n, [1.0] * n, [1.0] * n
    boxes = []

    def take(kind):
        found, value = rest.pop(0)
        assert found == kind, (found, kind)
        return numpy.atleast_1d(value).tolist()

    if batch:
        mixes = take("rand")
    if both and rest:
        cuts = take("rand")
    if batch:
        if rest:
            cut = not both and options["cutmix_alpha"] > 0 or both and cuts[0] < options["switch_prob"]
            if cut:
                cutmixes = take("beta")
            else:
                mixups = take("beta")
    else:
        if both or options["cutmix_alpha"] > 0:
            cutmixes = take("beta")
        if options["mixup_alpha"] > 0:
            mixups = take("beta")
        mixes = take("rand")
    while rest:
        boxes.append((take("randint%d" % HEIGHT)[0], take("randint%d" % WIDTH)[0]))
    result = []
    for i in range(n):
        cut = options["cutmix_alpha"] > 0 and (not both or 0 <= cuts[i] < options["switch_prob"])
        y, x = -1, -1
        if cut and mixes[i] < options["prob"] and numpy.float32(cutmixes[i]) != 1:
            y, x = boxes.pop(0)
        result.append([mixes[i], cuts[i], mixups[i], cutmixes[i], y, x])
    assert not boxes
    return result


cases = []
for mode in ("batch", "pair", "elem"):
    for number, (a, b, prob) in enumerate(
        [(0.8, 0.0, 1.0), (0.0, 1.0, 1.0), (0.8, 1.0, 1.0), (0.8, 1.0, 1.0), (0.8, 1.0, 0.6)]
    ):
        cases.append(
            case(
                10 * number + len(mode),
                mixup_alpha=a,
                cutmix_alpha=b,
                prob=prob,
                switch_prob=0.5,
                mode=mode,
                label_smoothing=0.1,
            )
        )
with open(os.path.join(HERE, "mixup.json"), "w") as file:
    json.dump({"shape": [SIZE, CHANNELS, HEIGHT, WIDTH], "classes": CLASSES, "cases": cases}, file)
    file.write("\n")
