"""Training pipelines at 224 on one thread with Pillow and torchvision (timm's policies), as AugmentBench and
DecodeBench have them: from the bytes of a JPEG and from the decoded picture. Prints one line of JSON for each."""
import argparse
import io
import json
import pathlib
import time

import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:  # a build without its compiled operations; none of these needs them
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from PIL import Image
from timm.data.auto_augment import auto_augment_transform, rand_augment_transform
from timm.data.random_erasing import RandomErasing
from torchvision import transforms
from torchvision.transforms import InterpolationMode

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FILL = (124, 116, 104)


def recipes():
    hparams = dict(translate_const=100, img_mean=FILL)
    yield "crop", []
    yield "jitter", [transforms.ColorJitter(0.4, 0.4, 0.4)]
    yield "rand-m9-mstd0.5-inc1", [rand_augment_transform("rand-m9-mstd0.5-inc1", dict(hparams))]
    yield "ta_wide", [transforms.TrivialAugmentWide(fill=FILL)]
    yield "3a", [auto_augment_transform("3a", dict(hparams))]
    yield "affine", [transforms.RandomAffine(15, scale=(0.9, 1.1), interpolation=InterpolationMode.BILINEAR)]
    yield "elastic", [transforms.ElasticTransform(50.0, 5.0, fill=FILL)]


def microseconds(action, seconds):
    until = time.perf_counter() + seconds / 2
    while time.perf_counter() < until:
        action()
    times, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return 1e6 * sum(times) / len(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=pathlib.Path, required=True, help="the JPEG that BenchPhoto writes")
    parser.add_argument("--seconds", type=float, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data = arguments.photo.read_bytes()
    decode = lambda: Image.open(io.BytesIO(data)).convert("RGB")
    picture = decode()
    print(json.dumps({"what": "decode", "us": microseconds(decode, arguments.seconds)}), flush=True)
    for name, steps in recipes():
        pipeline = transforms.Compose([
            transforms.RandomResizedCrop(224, interpolation=InterpolationMode.BICUBIC),
            transforms.RandomHorizontalFlip(), *steps, transforms.ToTensor(),
            transforms.Normalize(MEAN, DEVIATION), RandomErasing(0.25, mode="pixel", device="cpu")])
        run = microseconds(lambda: pipeline(picture), arguments.seconds)
        both = microseconds(lambda: pipeline(decode()), arguments.seconds)
        print(json.dumps({"what": name, "run_us": run, "decode_and_run_us": both}), flush=True)


if __name__ == "__main__":
    main()
