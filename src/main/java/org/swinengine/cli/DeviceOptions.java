package org.swinengine.cli;

import java.util.function.Consumer;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.LibraryUse;
import org.swinengine.backend.Precision;
import org.swinengine.console.PlainText;
import org.swinengine.train.RunPrecision;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Options of every command that computes. */
final class DeviceOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "auto (a GPU where one works, else the processor), cpu, cuda[:n] or reference (float64,"
          + " slow and plainly right). Default: ${DEFAULT-VALUE}.")
  private String device;

  @Option(
      names = "--amp",
      paramLabel = "TYPE",
      defaultValue = "auto",
      description = "Type of activations: bf16 (mixed precision, on a GPU), off (float32), or auto, which is"
          + " bf16 when training on a GPU and off elsewhere; a run that is resumed goes on in what it"
          + " computed in, TF32 too, where the device can. Default: ${DEFAULT-VALUE}.")
  private String amp;

  @Option(
      names = "--cublas",
      paramLabel = "USE",
      defaultValue = "auto",
      description = "Whether NVIDIA's cuBLAS multiplies matrices on a GPU: on, off (the engine's own"
          + " kernels), or auto, which takes it for large products when training in bf16, where it is"
          + " installed. Default: ${DEFAULT-VALUE}.")
  private String cublas;

  @Option(
      names = "--cudnn",
      paramLabel = "USE",
      defaultValue = "auto",
      description = "Whether NVIDIA's cuDNN computes the patch embedding and softmax on a GPU: on, off, or"
          + " auto, which today never takes it. Default: ${DEFAULT-VALUE}.")
  private String cudnn;

  @Option(
      names = "--tf32",
      paramLabel = "on|off",
      defaultValue = "off",
      description = "Whether a GPU's tensor cores multiply the matrices of a float32 computation, whose"
          + " elements they round to TF32 (ten bits behind the leading one); sums and attention stay"
          + " float32. With it --amp auto is off. Default: ${DEFAULT-VALUE}.")
  private String tf32;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of the cpu device; 0: one for each processor. No result depends on it.")
  private int threads;

  @Option(
      names = "--cuda-graphs",
      paramLabel = "auto|on|off",
      defaultValue = "auto",
      description = "Whether a GPU is given a pass of inference or a training step that repeats as one graph,"
          + " which saves the processor's time for each kernel; no result depends on it. on: one that cannot"
          + " become a graph is an error. Default: ${DEFAULT-VALUE}.")
  private String cudaGraphs;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of everything random. Default: ${DEFAULT-VALUE}.")
  private long seed;

  /** Opens the device; in full precision unless another was asked for. */
  Backend open() {
    return open(device, Precision.FULL, false);
  }

  /**
   * Opens the device for training: mixed precision where the device has it, unless another was asked for. Its
   * kernels are made ready at once, not in the first step, which is timed and has much memory in use.
   */
  Backend openForTraining() {
    return openForTraining(Precision.MIXED_ON_GPU);
  }

  /**
   * The same for a run that goes on: in what it computed in where the device can, unless another precision
   * was asked for.
   *
   * @param before what the run computed in
   * @param reasons takes the sentence on why a GPU computes in that
   */
  Backend openToResume(RunPrecision before, Consumer<String> reasons) {
    Precision remembered = before.precision();
    if (remembered == null || !leavesOpen(remembered)) {
      return openForTraining();
    }
    Backend backend = openForTraining(remembered);
    if (backend.name().equals("cuda")) {
      reasons.accept(before.reason());
    }
    return backend;
  }

  /** Whether options do not speak against a precision; of TF32 even {@code --tf32 off} does. */
  private boolean leavesOpen(Precision precision) {
    ParseResult given = command.commandLine().getParseResult();
    boolean saysTf32 = given.hasMatchedOption("--tf32");
    return amp.equals("auto") && !(saysTf32 && (precision == Precision.TF32_ON_GPU || roundsProducts()));
  }

  private Backend openForTraining(Precision automatic) {
    Backend backend = open(device, automatic, true);
    backend.prepareGradients();
    return backend;
  }

  /** Opens another device than the option's default, unless the option was given. */
  Backend openOr(String preferred) {
    return open(device.equals("auto") ? preferred : device, Precision.FULL, false);
  }

  private Backend open(String name, Precision automatic, boolean training) {
    GpuLibraries libraries =
        Usage.of(
            command,
            () -> {
              Backends.requireKnown(name, precision(automatic));
              GpuLibraries chosen =
                  new GpuLibraries(use("--cublas", cublas, training), use("--cudnn", cudnn, training));
              Backends.requireGpu(name, chosen);
              Backends.requireKnown(name, graphs());
              threads();
              return chosen;
            });
    return Backends.open(name, threads(), precision(automatic), libraries, graphs(), DeviceOptions::say);
  }

  /**
   * What an option says. Without training it is on or off: results then depend on the model, the picture and
   * the GPU alone, not on the batch or on what else is installed.
   */
  private static LibraryUse use(String option, String value, boolean training) {
    switch (value) {
      case "auto":
        return training ? LibraryUse.AUTO : LibraryUse.OFF;
      case "on":
        return LibraryUse.ON;
      case "off":
        return LibraryUse.OFF;
      default:
        throw new IllegalArgumentException(
            option + " is \"" + value + "\", but must be auto, on or off");
    }
  }

  /** For commands that show no device in their output: says on the error stream when the choice was a GPU. */
  Backend openAndSay() {
    Backend backend = open();
    if (device.equals("auto") && backend.name().equals("cuda")) {
      say("computing on " + backend.describe());
    }
    return backend;
  }

  private static void say(String sentence) {
    System.err.println("swin-engine: " + PlainText.line(sentence));
  }

  private Precision precision(Precision automatic) {
    boolean rounds = roundsProducts();
    switch (amp) {
      case "auto":
        return rounds ? Precision.TF32 : automatic;
      case "off":
        return rounds ? Precision.TF32 : Precision.FULL;
      case "bf16":
        if (rounds) {
          throw new IllegalArgumentException(
              "--tf32 on is for products in float32, and with --amp bf16 they are in bf16, on the same tensor"
                  + " cores and faster; leave one of the two out");
        }
        return Precision.MIXED;
      default:
        throw new IllegalArgumentException("--amp is \"" + amp + "\", but must be auto, off or bf16");
    }
  }

  private boolean roundsProducts() {
    switch (tf32) {
      case "on":
        return true;
      case "off":
        return false;
      default:
        throw new IllegalArgumentException("--tf32 is \"" + tf32 + "\", but must be on or off");
    }
  }

  private CudaGraphs graphs() {
    switch (cudaGraphs) {
      case "auto":
        return CudaGraphs.AUTO;
      case "on":
        return CudaGraphs.ON;
      case "off":
        return CudaGraphs.OFF;
      default:
        throw new IllegalArgumentException(
            "--cuda-graphs is \"" + cudaGraphs + "\", but must be auto, on or off");
    }
  }

  /** Number of threads that a cpu device gets. */
  int threads() {
    if (threads < 0) {
      throw new IllegalArgumentException("--threads is " + threads + ", but must be at least 0");
    }
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }

  long seed() {
    return seed;
  }
}
