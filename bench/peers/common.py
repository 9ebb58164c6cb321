"""What the peers of bench/compare share: models, the timing rule of our `bench`, and the line they print."""
import argparse
import importlib
import json
import sys
import time
import types

try:
    # Declares operators of torchvision where only its Python part is installed.
    import reference_stub  # noqa: F401
except ImportError:
    pass

LEAST_PASSES = 3
SWIN_UNET = "swin_unet_tiny_patch4_window7_224"
SWIN_UNET_CLASSES = 9
# As in our named configurations; stochastic depth acts in training only.
DROP_PATH = {"swin": 0.2, "swinv2": 0.2, "vit": 0.1, "deit": 0.1}


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", required=True, help="timm's name, or " + SWIN_UNET)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--swin-unet-code", help="a checkout of HuCaoFighting/Swin-Unet")
    return parser


def create_model(name, image_size, swin_unet_code):
    if name == SWIN_UNET:
        return swin_unet(swin_unet_code, image_size)
    import timm

    size = {} if name.endswith(f"_{image_size}") else {"img_size": image_size}
    return timm.create_model(name, drop_path_rate=DROP_PATH[name.split("_")[0]], **size)


def swin_unet(code, image_size, **other):
    """The original model, the tiny one but for what is said. Where einops is missing, its one use is done by hand, with the same views."""
    if code is None:
        sys.exit("Swin-Unet needs --swin-unet-code DIR")
    sys.path.insert(0, code)
    try:
        import einops  # noqa: F401
    except ImportError:
        sys.modules["einops"] = types.SimpleNamespace(rearrange=expand_patches)
    try:
        import timm.models.layers  # noqa: F401
    except ImportError:
        import timm.layers

        sys.modules["timm.models.layers"] = timm.layers
    file = importlib.import_module("networks.swin_transformer_unet_skip_expand_decoder_sys")
    stdout, sys.stdout = sys.stdout, sys.stderr  # It prints its settings.
    settings = dict(
        img_size=image_size, patch_size=4, in_chans=3, num_classes=SWIN_UNET_CLASSES, embed_dim=96,
        depths=[2, 2, 2, 2], num_heads=[3, 6, 12, 24], window_size=7, drop_path_rate=0.2)
    try:
        return file.SwinTransformerSys(**{**settings, **other})
    finally:
        sys.stdout = stdout


def swin_unet_dice(code, classes):
    """The original's Dice loss, whose file imports more than it needs for that."""
    for name, attribute in (("medpy", "metric"), ("SimpleITK", None), ("scipy", None), ("scipy.ndimage", "zoom")):
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = types.ModuleType(name)
            if attribute:
                setattr(sys.modules[name], attribute, None)
    sys.path.insert(0, code)
    return importlib.import_module("utils").DiceLoss(classes)


def expand_patches(x, pattern, p1, p2, c):
    assert pattern == "b h w (p1 p2 c)-> b (h p1) (w p2) c", pattern
    b, h, w, _ = x.shape
    return x.view(b, h, w, p1, p2, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h * p1, w * p2, c)


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def repeat(one_pass, seconds):
    times = []
    start = time.perf_counter()
    while len(times) < LEAST_PASSES or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        one_pass()
        times.append(time.perf_counter() - before)
    return times


def median_pass(one_pass, seconds):
    """A third of the time and at least three passes of warm-up, then the median of the passes of the rest."""
    repeat(one_pass, seconds / 3)
    return median(repeat(one_pass, seconds * 2 / 3))


def peak_rss_mb():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 // 1_000_000
    return None


def report(arguments, mode, seconds, **more):
    result = {
        "model": arguments.model,
        "batch": arguments.batch,
        "mode": mode,
        "threads": arguments.threads,
        "images_per_second": round(arguments.batch / seconds, 3),
        "step_ms": round(seconds * 1e3, 3),
        "peak_rss_mb": peak_rss_mb(),
    }
    result.update(more)
    print(json.dumps(result), flush=True)
