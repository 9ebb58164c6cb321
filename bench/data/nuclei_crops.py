"""Makes a folder of microscopy crops with classes from the nuclei of the Data Science Bowl 2018 (CC0).

  python nuclei_crops.py NUCLEI CROPS

NUCLEI has images/*.png and masks/*.png of the same names; CROPS gets train/CLASS/IMAGE_N.png and test/….
A class is a kind of microscopy (fluorescence, or light that has passed through, mostly stained tissue) and
whether nuclei cover at least a third of the crop (dense) or at most a fiftieth (empty). Every fifth image
is for the test, so that no image is in both parts. Needs numpy and Pillow; no chance but a fixed seed.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64
A_CLASS_OF_AN_IMAGE = 4


def kind(pixels):
    """A picture of light on dark ground is of fluorescence, unless it is coloured."""
    saturation = (pixels.max(2) - pixels.min(2)).mean()
    return "fluorescence" if saturation <= 20 and np.median(pixels) < 100 else "transmission"


def main(nuclei, crops):
    random = np.random.default_rng(0)
    counts = {}
    for number, path in enumerate(sorted((nuclei / "images").glob("*.png"))):
        pixels = np.asarray(Image.open(path).convert("RGB")).astype(np.int16)
        mask = np.asarray(Image.open(nuclei / "masks" / path.name)) > 0
        part = "test" if number % 5 == 0 else "train"
        left = {"dense": A_CLASS_OF_AN_IMAGE, "empty": A_CLASS_OF_AN_IMAGE}
        for attempt in range(80):
            y, x = (int(random.integers(0, length - SIDE + 1)) for length in mask.shape)
            cover = mask[y:y + SIDE, x:x + SIDE].mean()
            state = "dense" if cover >= 1 / 3 else "empty" if cover <= 1 / 50 else None
            if state is None or left[state] == 0:
                continue
            left[state] -= 1
            name = kind(pixels) + "-" + state
            folder = crops / part / name
            folder.mkdir(parents=True, exist_ok=True)
            crop = pixels[y:y + SIDE, x:x + SIDE].astype(np.uint8)
            Image.fromarray(crop).save(folder / f"{path.stem}_{attempt}.png")
            counts[part, name] = counts.get((part, name), 0) + 1
    for (part, name), count in sorted(counts.items()):
        print(part, name, count)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
