package org.swinengine.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.swinengine.backend.Backend;
import org.swinengine.inference.LoadedModel;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.tensor.ShapeException;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code infer}: from a raw tensor to logits. */
@Command(
    name = "infer",
    description = {
      "Runs a model on a raw tensor (NumPy .npy) and writes the logits, float32 [images, classes], or of a"
          + " model that segments [images, classes, height, width].",
      "The input is [images, channels, height, width] or one image [channels, height, width],"
          + " preprocessed already."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  swin-engine infer --model swin_tiny_patch4_window7_224 --weights swin.pth \\",
      "      --input x.npy --output y.npy"
    })
final class InferCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;
  @Mixin
  private WeightsOptions weights;

  @Option(names = "--input", required = true, paramLabel = "FILE", description = "The images, .npy.")
  private Path input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "Receives the logits, .npy.")
  private Path output;

  @Option(
      names = "--image-size",
      paramLabel = "H[xW]",
      converter = ImageSize.Converter.class,
      description = "Another image size than the model's; position embeddings are resized to it.")
  private ImageSize imageSize;

  @Option(
      names = "--channels",
      paramLabel = "N",
      description = "Another number of channels than the model's; filters of one or three are summed or"
          + " repeated for it, as timm does.")
  private Integer channels;

  private static final Pattern PICTURE = Pattern.compile("(?i).*\\.(jpe?g|png|bmp|gif|tiff?|webp)");

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images of a pass; changes no result. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Mixin
  private DeviceOptions device;
  @Mixin
  private JsonOption json;

  @Override
  public Integer call() {
    if (batch < 1) {
      throw new ParameterException(command.commandLine(), "--batch must be at least 1, not " + batch);
    }
    if (PICTURE.matcher(input.toString()).matches()) {
      throw new ParameterException(
          command.commandLine(),
          "--input is the picture " + input
              + ", but must be an array in a .npy file; predict takes pictures");
    }
    if (channels != null && channels < 1) {
      throw new ParameterException(
          command.commandLine(), "--channels must be at least 1, not " + channels);
    }
    ArrayData array = Npy.read(input);
    try (Backend backend = device.open()) {
      LoadedModel loaded = weights.open(ImageSize.shape(imageSize, channels), backend);
      ModelSpec spec = loaded.model().spec();
      int images = images(array.shape(), loaded.model());
      float[] logits = logits(loaded, array, images);
      Npy.write(output, ArrayData.ofFloats(spec.logitsShape(images).longDims(), logits));
      report(loaded, images, backend);
    }
    return 0;
  }

  private void report(LoadedModel loaded, int images, Backend backend) {
    PrintWriter out = command.commandLine().getOut();
    ModelSpec spec = loaded.model().spec();
    if (json.isOn()) {
      out.println(
          Json.object()
              .put("model", spec.name())
              .put("device", backend.name())
              .put("images", images)
              .put("classes", spec.classes())
              .put("loaded", loaded.report().loaded().size())
              .put("dialect", loaded.report().dialect().toString())
              .put("output", output.toString()));
    } else {
      out.println("weights   " + loaded.report());
      out.println("device    " + backend.describe());
      out.println("logits    " + spec.logitsShape(images) + " in " + output);
    }
  }

  private float[] logits(LoadedModel loaded, ArrayData array, int images) {
    float[] pixels = array.toFloats();
    int floats = pixels.length / images;
    int each = Math.toIntExact(loaded.model().spec().logitsShape(1).elements());
    float[] logits = new float[Math.multiplyExact(images, each)];
    for (int from = 0; from < images; from += batch) {
      int n = Math.min(batch, images - from);
      float[] part = loaded.logits(Arrays.copyOfRange(pixels, from * floats, (from + n) * floats), n);
      System.arraycopy(part, 0, logits, from * each, part.length);
    }
    return logits;
  }

  /** Number of images of an input. */
  private int images(long[] shape, Model model) {
    ModelSpec spec = model.spec();
    boolean single = shape.length == 3;
    int channels = shape.length < 3 ? 0 : Math.toIntExact(shape[single ? 0 : 1]);
    long[] image = {
      model.takesChannels(channels) ? channels : spec.channels(), spec.imageHeight(), spec.imageWidth()
    };
    boolean fits =
        (single || shape.length == 4)
            && Arrays.equals(single ? shape : Arrays.copyOfRange(shape, 1, shape.length), image);
    ShapeException.check(
        fits && (single || shape[0] > 0),
        input.toString(),
        "its shape is %s, but %s takes [images, %d, %d, %d]; `imageSize` HEIGHTxWIDTH makes it a model for"
            + " other sizes, if it was trained with them",
        Arrays.toString(shape),
        spec.name(),
        spec.channels(),
        spec.imageHeight(),
        spec.imageWidth());
    return single ? 1 : Math.toIntExact(shape[0]);
  }
}
