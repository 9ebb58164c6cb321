"""Times passes of an exported model in ONNX Runtime; prints one line of JSON."""
import common
import numpy
import onnxruntime


def main():
    parser = common.options(__doc__)
    parser.add_argument("--file", required=True, help="what export.py wrote for this batch and image size")
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = arguments.threads
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(arguments.file, settings, providers=["CPUExecutionProvider"])
    size = arguments.image_size
    shape = (arguments.batch, 3, size, size)
    images = numpy.random.default_rng(0).uniform(-1, 1, shape).astype(numpy.float32)
    name = session.get_inputs()[0].name
    seconds = common.median_pass(lambda: session.run(None, {name: images}), arguments.seconds)
    common.report(arguments, "infer", seconds, onnxruntime=onnxruntime.__version__)


if __name__ == "__main__":
    main()
