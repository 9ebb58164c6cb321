package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.profile.ProfilingBackend;
import org.swinengine.backend.profile.Roofline;
import org.swinengine.console.PeakMemory;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelSpec;
import org.swinengine.train.estimate.MemoryEstimate;
import org.swinengine.train.estimate.Workload;
import org.swinengine.train.tuning.Freeze;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: how fast a model runs here. */
@Command(
    name = "bench",
    description = {
      "Measures how fast a model runs here: random weights and input, warm-up, medians.",
      "The last line is JSON: images_per_second, step_ms, gflops (two operations per multiply-add;"
          + " a training step counts three forward passes), sgemm_gflops (a 1024x1024x1024 matrix product"
          + " in the same process), allocated_mb (Java objects made in a pass), peak_rss_mb (resident memory)"
          + " and, in training, estimated_mb (that, foretold); products, where they are rounded (--tf32);"
          + " on the cpu also tile (what products are made with, and what has replaced it where the JVM"
          + " compiled it badly), fma_gflops (multiply-adds on registers alone, on all threads) and"
          + " share_of_peak (gflops of them)."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  swin-engine bench --model swin_tiny_patch4_window7_224 --batch 8 --mode infer"
    })
final class BenchCommand implements Callable<Integer>, MemoryAdvisor {
  private static final String MODEL = "swin_tiny_patch4_window7_224";

  /** Rows, in and out of the expansions of Swin-T's stages 2 to 4, batch 8. */
  private static final int[][] PRODUCTS = {{6272, 192, 768}, {1568, 384, 1536}, {392, 768, 3072}};

  /** What a pass is. */
  enum Mode {
    INFER(1),
    TRAIN(3);

    private final int forwardPasses;

    /**
     * @param forwardPasses forward passes that cost as much
     */
    Mode(int forwardPasses) {
      this.forwardPasses = forwardPasses;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec
  private CommandSpec command;
  @Mixin
  private ModelOptions model;

  @Option(
      names = "--image-size",
      paramLabel = "H[xW]",
      converter = ImageSize.Converter.class,
      description = "Another image size than the model's.")
  private ImageSize imageSize;

  @Option(
      names = "--channels",
      paramLabel = "1|3",
      converter = ImageSize.Channels.class,
      description = "Grey or colour. Default: what the model takes.")
  private Integer channels;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images of a pass. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "infer",
      description = "infer, or train: forward, backward and AdamW. Default: ${DEFAULT-VALUE}.")
  private Mode mode;

  @Option(
      names = "--use-checkpoint",
      description = "In training, compute blocks again in the backward pass, to save memory.")
  private boolean useCheckpoint;

  @Option(
      names = "--seconds",
      paramLabel = "T",
      defaultValue = "20",
      description = "Time of the model's passes, a third of it warm-up. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Mixin
  private DeviceOptions device;
  @Mixin
  private JsonOption json;

  @Option(
      names = "--profile",
      description = "Also show where the time of a pass goes: each kind of kernel call, its rates, and its"
          + " bound by the roofline model; and products alone. On a GPU in passes of their own, each of whose"
          + " calls is waited for.")
  private boolean profile;

  private boolean advised;

  @Override
  public boolean hasAdvised() {
    return advised;
  }

  @Override
  public Integer call() {
    if (batch < 1 || !(seconds > 0)) {
      throw new ParameterException(
          command.commandLine(),
          "--batch must be at least 1 and --seconds above 0, not " + batch + " and " + seconds);
    }
    ModelSpec named = model.specOr(MODEL);
    ModelSpec spec =
        imageSize == null && channels == null
            ? model.checked(named)
            : Usage.model(command, () -> ImageSize.shape(imageSize, channels).applyTo(named));
    PrintWriter out = command.commandLine().getOut();
    try (Backend backend = mode == Mode.TRAIN ? device.openForTraining() : device.open()) {
      String tile = backend.name().equals("cpu") ? Backends.cpuTile() : "";
      if (!json.isOn()) {
        out.println(spec.name() + ", batch " + batch + ", " + mode + ", on " + backend.describe());
        if (!tile.isEmpty()) {
          out.println("products: " + tile);
        }
      }
      MemoryEstimate memory = estimate(spec, backend);
      if (memory != null && !json.isOn()) {
        out.println("memory: " + memory);
      }
      Bench bench = new Bench(backend, device.seed());
      Bench timed = profile ? new Bench(new ProfilingBackend(backend), device.seed()) : bench;
      // A GPU whose every call is waited for shows where the time goes, not how fast it is.
      boolean apart = profile && backend.name().equals("cuda");
      Bench.Passes profiled = timed.passes(spec, batch, mode == Mode.TRAIN, useCheckpoint, seconds);
      Bench.Passes pass =
          apart ? bench.passes(spec, batch, mode == Mode.TRAIN, useCheckpoint, seconds) : profiled;
      double product = bench.productGflops(Math.min(3, seconds / 5));
      OptionalDouble peak = backend.measurePeakGflops();
      ObjectNode result = result(spec, backend, pass, product, peak);
      if (memory != null) {
        result.put("estimated_mb", memory.totalBytes() / 1_000_000);
      }
      if (!json.isOn()) {
        out.printf(
            Locale.ROOT,
            "%.2f images/s, %.1f ms a pass, %.1f GFLOP/s%s; a 1024x1024x1024 product alone: %.1f GFLOP/s%n",
            result.get("images_per_second").asDouble(),
            pass.seconds() * 1e3,
            result.get("gflops").asDouble(),
            ofPeak(result.get("gflops").asDouble(), peak),
            product);
        if (backend.name().equals("cpu") && !tile.equals(Backends.cpuTile())) {
          out.println("a bad start: " + Backends.cpuTile());
        }
      }
      if (profile) {
        profile(bench, profiled, peak, result, out);
      }
      out.println(result);
    }
    return 0;
  }

  /** What a training step will take; null for inference, and where memory is a device's. */
  private MemoryEstimate estimate(ModelSpec spec, Backend backend) {
    if (mode != Mode.TRAIN || !backend.name().equals("cpu")) {
      return null;
    }
    MemoryEstimate memory =
        MemoryEstimate.of(Workload.of(spec, Freeze.NONE, useCheckpoint), batch, false, backend);
    String advice = memory.advice(useCheckpoint);
    if (advice != null) {
      advised = true;
      command.commandLine().getErr().println("warning: " + SettingNames.inOptions(advice, command));
    }
    return memory;
  }

  /** Prints products alone and the table, or adds both to the result for machines. */
  private void profile(
      Bench bench, Bench.Passes pass, OptionalDouble peak, ObjectNode result, PrintWriter out) {
    double share = Math.min(1, seconds / 20);
    ArrayNode products = Json.array();
    for (int[] shape : PRODUCTS) {
      double gflops = bench.productGflops(shape[0], shape[1], shape[2], share);
      ObjectNode product = products.addObject();
      product.put("rows", shape[0]);
      product.put("in", shape[1]);
      product.put("out", shape[2]);
      product.put("gflops", rounded(gflops));
      if (!json.isOn()) {
        out.printf(
            Locale.ROOT,
            "product %dx%dx%d alone: %.1f GFLOP/s%s%n",
            shape[0],
            shape[1],
            shape[2],
            gflops,
            ofPeak(gflops, peak));
      }
    }
    Roofline roofline = new Roofline(peak, bench.copyGigabytesPerSecond(share));
    BenchProfile table = BenchProfile.of(pass, roofline);
    if (json.isOn()) {
      result.set("products", products);
      table.writeTo(result);
    } else {
      table.lines().forEach(out::println);
    }
  }

  private static String ofPeak(double gflops, OptionalDouble peak) {
    if (peak.isEmpty()) {
      return "";
    }
    double most = peak.getAsDouble();
    return String.format(Locale.ROOT, " (%.0f%% of the FMA peak, %.1f)", 100 * gflops / most, most);
  }

  private ObjectNode result(
      ModelSpec spec, Backend backend, Bench.Passes pass, double product, OptionalDouble peak) {
    double imagesPerSecond = batch / pass.seconds();
    double flop = 2.0 * ModelCost.of(spec).operations() * mode.forwardPasses;
    ObjectNode result = Json.object();
    result.put("model", spec.name());
    result.put("batch", batch);
    result.put("mode", mode.toString());
    result.put("device", backend.name());
    result.put("activations", backend.computeType().toString().toLowerCase(Locale.ROOT));
    if (!backend.productRounding().isEmpty()) {
      result.put("products", backend.productRounding().toLowerCase(Locale.ROOT));
    }
    result.put("threads", backend.name().equals("cpu") ? device.threads() : 1);
    result.put("simd", backend.name().equals("cpu") ? Backends.vectorBits() : 0);
    if (backend.name().equals("cpu")) {
      result.put("tile", Backends.cpuTile());
    }
    result.put("jdk", System.getProperty("java.version"));
    result.put("images_per_second", rounded(imagesPerSecond));
    result.put("step_ms", rounded(pass.seconds() * 1e3));
    result.put("gflops", rounded(flop * imagesPerSecond / 1e9));
    result.put("sgemm_gflops", rounded(product));
    if (peak.isPresent()) {
      result.put("fma_gflops", rounded(peak.getAsDouble()));
      result.put("share_of_peak", rounded(flop * imagesPerSecond / 1e9 / peak.getAsDouble()));
    }
    result.put("allocated_mb", rounded(pass.allocatedMegabytes()));
    result.put("peak_rss_mb", PeakMemory.megabytes());
    return result;
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
