"""Times passes of a model in PyTorch, with random weights and input; prints one line of JSON."""
import contextlib
import time

import common
import torch


def main():
    parser = common.options(__doc__)
    parser.add_argument("--mode", choices=["infer", "train"], default="infer")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--compile", action="store_true", help="torch.compile, its first pass not timed")
    parser.add_argument("--autocast", choices=["bf16"])
    parser.add_argument("--tf32", action="store_true", help="products of float32 on a GPU's tensor cores")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    # Its convolutions do so unless told.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments.tf32
    torch.manual_seed(0)
    model = common.create_model(arguments.model, arguments.image_size, arguments.swin_unet_code)
    images = torch.rand(arguments.batch, 3, arguments.image_size, arguments.image_size) * 2 - 1
    model, images = model.to(arguments.device), images.to(arguments.device)
    prepare = infer if arguments.mode == "infer" else train
    one_pass = finished(prepare(model, images, arguments), arguments)
    more = {}
    if arguments.compile:
        before = time.perf_counter()
        one_pass()
        more["compile_seconds"] = round(time.perf_counter() - before, 1)
    seconds = common.median_pass(one_pass, arguments.seconds)
    import timm

    common.report(
        arguments, arguments.mode, seconds, torch=torch.__version__, timm=timm.__version__,
        capability=torch.backends.cpu.get_cpu_capability(), device=arguments.device, **more)


def finished(one_pass, arguments):
    """A pass that ends when the device has computed it."""
    if arguments.device == "cpu":
        return one_pass

    def waited():
        one_pass()
        torch.cuda.synchronize()

    return waited


def ready(model, arguments):
    if not arguments.compile:
        return model
    if torch.backends.cpu.get_cpu_capability() == "AVX2":
        # Else its own code would use the wider vectors.
        from torch._inductor import config

        config.cpp.simdlen = 256
    return torch.compile(model)


def precision(arguments):
    if arguments.autocast is None:
        return contextlib.nullcontext()
    return torch.autocast(arguments.device, dtype=torch.bfloat16)


def infer(model, images, arguments):
    model.eval()
    compiled = ready(model, arguments)

    def one_pass():
        with torch.inference_mode(), precision(arguments):
            compiled(images)

    return one_pass


def train(model, images, arguments):
    model.train()
    compiled = ready(model, arguments)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.05)
    with torch.no_grad():
        shape = model(images[:1]).shape  # [1, classes] or [1, classes, height, width]
    labels = torch.randint(0, shape[1], (arguments.batch, *shape[2:]), device=arguments.device)

    def one_pass():
        with precision(arguments):
            loss = torch.nn.functional.cross_entropy(compiled(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return one_pass


if __name__ == "__main__":
    main()
