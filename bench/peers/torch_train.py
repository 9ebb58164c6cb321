"""Trains what `swin-engine train` trains by default, in PyTorch: the same model, images, batch, rates and
passes over the validation images. The images stay in memory, ready for the model; prints one line of JSON."""
import argparse
import gzip
import json
import math
import pathlib
import time

import common
import numpy
import torch
from timm.models.swin_transformer import SwinTransformer, SwinTransformerBlock

BATCH = 64
RATE, FIRST_RATE, WARM_UP_STEPS = 3e-3, 3e-5, 100
WEIGHT_DECAY, CLIP_NORM, FLIP = 0.05, 5.0, 0.5
MEAN, DEVIATION = 0.286, 0.353


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder of the built-in images")
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    start = time.perf_counter()
    images, labels = read(arguments.data, "train")
    validation = read(arguments.data, "test")
    model = create_model()
    decaying = [p for p in model.parameters() if p.ndim > 1 and p.shape[-1] > 6]  # not the bias tables
    others = [p for p in model.parameters() if not (p.ndim > 1 and p.shape[-1] > 6)]
    optimizer = torch.optim.AdamW(
        [{"params": decaying, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=RATE)
    steps = arguments.epochs * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(step, steps))
    best = 0.0
    for _ in range(arguments.epochs):
        model.train()
        for chosen in torch.randperm(len(images)).split(BATCH):
            batch = images[chosen]
            mirrored = torch.rand(len(batch), 1, 1, 1) < FLIP
            loss = torch.nn.functional.cross_entropy(
                model(torch.where(mirrored, batch.flip(3), batch)), labels[chosen])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            schedule.step()
        best = max(best, accuracy(model, *validation))
    print(json.dumps({
        "epochs": arguments.epochs, "seconds_training": round(time.perf_counter() - start, 3),
        "best_top1": best, "parameters": sum(p.numel() for p in model.parameters()),
        "torch": torch.__version__}))


def create_model():
    model = SwinTransformer(
        img_size=28, patch_size=4, in_chans=1, num_classes=10, embed_dim=48, depths=(2, 2), num_heads=(3, 6),
        window_size=7, drop_path_rate=0.0)
    # The second stage sees 4x4 patches, 7 halved and rounded up; timm rounds down when it chooses the windows,
    # to 3x3, and would compute four padded windows.
    blocks = model.layers[1].blocks
    for i in range(len(blocks)):
        blocks[i] = SwinTransformerBlock(
            dim=96, input_resolution=(4, 4), num_heads=6, window_size=7, shift_size=3 * (i % 2))
        for module in blocks[i].modules():
            if isinstance(module, torch.nn.Linear):
                torch.nn.init.trunc_normal_(module.weight, std=0.02)
                torch.nn.init.zeros_(module.bias)
    return model


def factor(step, steps):
    if step < WARM_UP_STEPS:
        return (FIRST_RATE + (RATE - FIRST_RATE) * step / WARM_UP_STEPS) / RATE
    return 0.5 * (1 + math.cos(math.pi * (step - WARM_UP_STEPS) / max(1, steps - WARM_UP_STEPS)))


def accuracy(model, images, labels):
    model.eval()
    with torch.inference_mode():
        found = [model(batch).argmax(1) for batch in images.split(BATCH)]
    return round(100 * (torch.cat(found) == labels).double().mean().item(), 2)


def read(folder, part):
    files = sorted(folder.glob(part + "-images*.gz"))
    pixels = numpy.concatenate([idx(file, 16).reshape(-1, 1, 28, 28) for file in files])
    images = (torch.from_numpy(pixels).float() / 255 - MEAN) / DEVIATION
    return images, torch.from_numpy(idx(folder / (part + "-labels-idx1-ubyte.gz"), 8)).long()


def idx(file, header):
    return numpy.frombuffer(gzip.decompress(file.read_bytes()), numpy.uint8, offset=header).copy()


if __name__ == "__main__":
    main()
