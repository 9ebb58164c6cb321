"""Trains the original Swin-Unet in PyTorch for a few steps on the built-in nuclei, with the original's losses and
without anything random; prints the losses. With --to writes what our `fit-batch` needs to do the same."""
import argparse
import io
import json
import pathlib
import zipfile

import common
import numpy
import torch
from PIL import Image

SIDE, CLASSES, POWER = 128, 2, 0.9


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swin-unet-code", required=True, help="a checkout of HuCaoFighting/Swin-Unet")
    parser.add_argument("--nuclei", required=True, help="nuclei.zip")
    parser.add_argument("--to", type=pathlib.Path, help="write weights.pth, input.npy and target.npy, train nothing")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=12)
    parser.add_argument("--optimizer", choices=["sgd", "adamw"], default="sgd")
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--momentum", type=float, default=0)
    parser.add_argument("--weight-decay", type=float, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser


def main():
    arguments = options().parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1234)  # the original's
    model, dice_loss = original(arguments.swin_unet_code)
    images, labels = read(arguments.nuclei, arguments.steps * arguments.batch_size)
    if arguments.to:
        arguments.to.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), arguments.to / "weights.pth")
        numpy.save(arguments.to / "input.npy", images.numpy())
        numpy.save(arguments.to / "target.npy", labels.numpy().astype(numpy.int32))
        print(json.dumps({"written": str(arguments.to)}))
        return
    cross_entropy = torch.nn.CrossEntropyLoss()
    if arguments.optimizer == "sgd":
        optimizer = torch.optim.SGD(
            model.parameters(), arguments.lr, momentum=arguments.momentum, weight_decay=arguments.weight_decay)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), arguments.lr, weight_decay=arguments.weight_decay)
    # The original's polynomial; it sets the rate after a step from the step's number, one step later than this.
    schedule = torch.optim.lr_scheduler.PolynomialLR(optimizer, arguments.steps, POWER)
    model.train()  # without dropout and stochastic depth
    losses = []
    for batch, target in zip(images.split(arguments.batch_size), labels.split(arguments.batch_size)):
        outputs = model(batch)
        loss = 0.4 * cross_entropy(outputs, target) + 0.6 * dice_loss(outputs, target, softmax=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    print(json.dumps({"losses": losses, "torch": torch.__version__}))


def original(code):
    """The model of our `swin_unet_small_patch4_window4_128`, and the Dice loss."""
    model = common.swin_unet(
        code, SIDE, num_classes=CLASSES, embed_dim=48, window_size=4, drop_rate=0.0, drop_path_rate=0.0)
    return model, common.swin_unet_dice(code, CLASSES)


def read(archive, count):
    """In an order of their own, each brought to mean 0 and deviation 1 by itself."""
    images, labels = [], []
    with zipfile.ZipFile(archive) as nuclei:
        names = sorted(name for name in nuclei.namelist() if not name.endswith("-mask.png"))
        order = torch.randperm(len(names))[:count].tolist()
        if len(order) < count:
            raise SystemExit(f"{count} pictures are more than the {len(names)} that there are")
        for name in (names[i] for i in order):
            picture = numpy.array(Image.open(io.BytesIO(nuclei.read(name))).convert("RGB"), numpy.float32)
            images.append((picture - picture.mean()) / max(picture.std(), 1e-3))
            mask = Image.open(io.BytesIO(nuclei.read(name.replace(".png", "-mask.png"))))
            labels.append(numpy.array(mask) > 0)
    batch = numpy.stack(images).transpose(0, 3, 1, 2)
    return torch.from_numpy(numpy.ascontiguousarray(batch)), torch.from_numpy(numpy.stack(labels)).long()


if __name__ == "__main__":
    main()
