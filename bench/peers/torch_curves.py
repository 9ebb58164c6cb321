"""Trains a small Swin in PyTorch with timm's own pieces, by the recipe that the engine's `train` is given under
the same names; prints a line of JSON for each epoch, and at last one with all of them."""
import argparse
import gzip
import io
import json
import pathlib
import random
import time
import zipfile

import common  # noqa: F401  (must come before timm)
import numpy
import timm
import torch
from PIL import Image
from timm.data import Mixup
from timm.data.transforms_factory import transforms_imagenet_eval, transforms_imagenet_train
from timm.loss import LabelSmoothingCrossEntropy, SoftTargetCrossEntropy
from timm.models.swin_transformer import SwinTransformer
from timm.optim import create_optimizer_v2
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV3, dispatch_clip_grad

MODEL = dict(patch_size=4, embed_dim=32, depths=(2, 2), num_heads=(2, 4), num_classes=10)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-path", type=pathlib.Path, required=True,
                        help="a folder of IDX files (grey), or a zip of pictures as PART/CLASS/FILE (colour)")
    parser.add_argument("--image-size", type=int, required=True)
    parser.add_argument("--window", type=int, required=True,
                        help="must divide the tokens of each stage: elsewhere timm pads others than the engine")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--min-lr", type=float, required=True)
    parser.add_argument("--warmup-lr", type=float, required=True)
    parser.add_argument("--warmup-steps", type=int, required=True)
    parser.add_argument("--weight-decay", type=float, required=True)
    parser.add_argument("--clip-grad", type=float, required=True)
    parser.add_argument("--label-smoothing", type=float, required=True)
    parser.add_argument("--drop-path", type=float, required=True)
    parser.add_argument("--flip", type=float, required=True)
    parser.add_argument("--crop-scale", type=float, required=True, help="0: the whole picture")
    parser.add_argument("--mean", type=numbers, required=True)
    parser.add_argument("--std", type=numbers, required=True)
    parser.add_argument("--aa")
    parser.add_argument("--mixup", type=float, default=0)
    parser.add_argument("--cutmix", type=float, default=0)
    parser.add_argument("--model-ema-decay", type=float, default=0)
    parser.add_argument("--model-ema-warmup", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="end after so many, to see how fast they are")
    return parser


def numbers(text):
    return tuple(float(number) for number in text.split(","))


def main():
    arguments = options().parse_args()
    torch.set_num_threads(arguments.threads)
    random.seed(arguments.seed)
    numpy.random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    start = time.perf_counter()
    images, labels = read(arguments.data_path, "train")
    statistics = dict(mean=arguments.mean, std=arguments.std, interpolation="bicubic")
    prepare = transforms_imagenet_eval(arguments.image_size, crop_pct=1.0, **statistics)
    batch_of = varied(images, prepare, arguments, statistics)
    held_out, held_out_labels = read(arguments.data_path, "test")
    validation = torch.stack([prepare(image) for image in held_out]), held_out_labels

    model = SwinTransformer(
        img_size=arguments.image_size, window_size=arguments.window, in_chans=len(arguments.mean),
        drop_path_rate=arguments.drop_path, **MODEL)
    optimizer = create_optimizer_v2(
        model, opt="adamw", lr=arguments.lr, weight_decay=arguments.weight_decay)
    steps = arguments.epochs * (len(images) // arguments.batch_size)
    schedule = CosineLRScheduler(
        optimizer, t_initial=steps - arguments.warmup_steps, lr_min=arguments.min_lr,
        warmup_t=arguments.warmup_steps, warmup_lr_init=arguments.warmup_lr, warmup_prefix=True,
        t_in_epochs=False)
    mixup = None
    if arguments.mixup > 0 or arguments.cutmix > 0:
        mixup = Mixup(
            arguments.mixup, arguments.cutmix, label_smoothing=arguments.label_smoothing, num_classes=10)
    loss_of = SoftTargetCrossEntropy() if mixup else LabelSmoothingCrossEntropy(arguments.label_smoothing)
    average = None
    if arguments.model_ema_decay > 0:
        average = ModelEmaV3(model, arguments.model_ema_decay, use_warmup=arguments.model_ema_warmup)

    history, updates = [], 0
    for epoch in range(arguments.epochs):
        model.train()
        began, loss_sum = time.perf_counter(), 0.0
        batches = torch.randperm(len(images)).split(arguments.batch_size)
        batches = [batch for batch in batches if len(batch) == arguments.batch_size]
        for chosen in batches[:arguments.steps]:
            batch, targets = batch_of(chosen), labels[chosen]
            if mixup:
                batch, targets = mixup(batch, targets)
            loss = loss_of(model(batch), targets)
            optimizer.zero_grad()
            loss.backward()
            dispatch_clip_grad(model.parameters(), arguments.clip_grad)
            optimizer.step()
            updates += 1
            if average:
                average.update(model, step=updates)
            schedule.step_update(updates)
            loss_sum += loss.item()
        trained = time.perf_counter() - began
        if arguments.steps:
            print(json.dumps({"images_per_second": arguments.steps * arguments.batch_size / trained}))
            return
        loss, top1 = evaluate(average.module if average else model, *validation)
        history.append({
            "epoch": epoch + 1, "train_loss": round(loss_sum / len(batches), 5), "val_loss": round(loss, 5),
            "val_top1": round(top1, 3), "images_per_second": round(len(batches) * len(chosen) / trained, 1)})
        print(json.dumps(history[-1]), flush=True)
    print(json.dumps({
        "seed": arguments.seed, "epochs": history, "seconds_training": round(time.perf_counter() - start, 3),
        "parameters": sum(p.numel() for p in model.parameters()), "torch": torch.__version__,
        "timm": timm.__version__}))


def varied(images, prepare, arguments, statistics):
    """Gives batches by timm's pipeline; where that only mirrors, of images that are resized once."""
    if arguments.crop_scale > 0:
        vary = transforms_imagenet_train(
            arguments.image_size, scale=(arguments.crop_scale, 1.0), hflip=arguments.flip, color_jitter=None,
            auto_augment=arguments.aa, **statistics)
        return lambda chosen: torch.stack([vary(images[i]) for i in chosen.tolist()])
    if arguments.aa:
        raise SystemExit("--aa wants --crop-scale, as timm's pipeline has it")
    ready = torch.stack([prepare(image) for image in images])

    def mirrored(chosen):
        batch = ready[chosen]
        return torch.where(torch.rand(len(batch), 1, 1, 1) < arguments.flip, batch.flip(3), batch)

    return mirrored


def evaluate(model, images, labels):
    """Mean cross-entropy and percentage of the images whose class comes first."""
    model.eval()
    with torch.inference_mode():
        logits = torch.cat([model(batch) for batch in images.split(256)])
    loss = torch.nn.functional.cross_entropy(logits.double(), labels).item()
    return loss, 100 * (logits.argmax(1) == labels).double().mean().item()


def read(data, part):
    return read_zip(data, part) if data.suffix == ".zip" else read_idx(data, "t10k" if part == "test" else part)


def read_idx(folder, part):
    pixels = idx(folder / (part + "-images-idx3-ubyte.gz"), 16).reshape(-1, 28, 28)
    labels = idx(folder / (part + "-labels-idx1-ubyte.gz"), 8)
    return [Image.fromarray(image) for image in pixels], torch.from_numpy(labels).long()


def idx(file, header):
    return numpy.frombuffer(gzip.decompress(file.read_bytes()), numpy.uint8, offset=header).copy()


def read_zip(file, part):
    images, labels = [], []
    with zipfile.ZipFile(file) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith(part + "/") and name.endswith(".jpg"))
        classes = sorted({name.split("/")[1] for name in names})
        for name in names:
            images.append(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))
            labels.append(classes.index(name.split("/")[1]))
    return images, torch.tensor(labels)


if __name__ == "__main__":
    main()
