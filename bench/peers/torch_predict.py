"""What PyTorch and timm say is in a photo; the whole program is timed from outside."""
import argparse

import common  # noqa: F401  (must come before timm)
import timm
import timm.data
import torch
from PIL import Image


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--photo", required=True)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = timm.create_model(arguments.model)
    model.load_state_dict(torch.load(arguments.weights, weights_only=True, mmap=True))
    model.eval()
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model), is_training=False)
    photo = transform(Image.open(arguments.photo).convert("RGB")).unsqueeze(0)
    with torch.inference_mode():
        best = model(photo).softmax(-1)[0].topk(5)
    print(", ".join(f"{i} {100 * p:.2f} %" for p, i in zip(best.values.tolist(), best.indices.tolist())))


if __name__ == "__main__":
    main()
