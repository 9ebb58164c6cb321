"""Writes a model with random weights for another engine: as ONNX, TorchScript or a state dict (.pth)."""
import common
import torch


def main():
    parser = common.options(__doc__)
    parser.add_argument("--format", choices=["onnx", "torchscript", "pth"], required=True)
    parser.add_argument("--to", required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    model = common.create_model(arguments.model, arguments.image_size, arguments.swin_unet_code).eval()
    if arguments.format == "pth":
        torch.save(model.state_dict(), arguments.to)
        return
    images = torch.rand(arguments.batch, 3, arguments.image_size, arguments.image_size)
    if arguments.format == "onnx":
        torch.onnx.export(model, (images,), arguments.to, dynamo=True, external_data=False)
        return
    with torch.inference_mode():
        torch.jit.trace(model, images).save(arguments.to)


if __name__ == "__main__":
    main()
