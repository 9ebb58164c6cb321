package org.swinengine.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Precision;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.train.folder.RunFolder;
import org.swinengine.weights.Safetensors;

/**
 * What a run computed in, as its training checkpoint says: a resume that computes in it goes on as if there
 * had been no interruption.
 *
 * @param text the type of activations, and what products round to: {@code float32 with products in TF32}
 */
public record RunPrecision(String text) {
  /** Its key in a checkpoint's metadata; files of versions before this one do not say it. */
  static final String KEY = "computed_in";

  private static final String FLOAT32 = "float32";
  private static final String BF16 = "bf16";
  private static final String TENSOR_FLOAT = "float32 with products in TF32";

  /** That of a device as it was opened. */
  public static RunPrecision of(Backend backend) {
    String rounding = backend.productRounding();
    return new RunPrecision(
        backend.computeType().name().toLowerCase(Locale.ROOT)
            + (rounding.isEmpty() ? "" : " with products in " + rounding));
  }

  /**
   * That of an existing run; of one of folds, that of its first fold.
   *
   * @param output folder of run folders
   * @param tag the run's
   * @return empty where there is no checkpoint yet, or its version did not say it
   * @throws org.swinengine.weights.WeightFileException if the checkpoint cannot be read
   */
  public static Optional<RunPrecision> ofRun(Path output, String tag) {
    Path folder = output.resolve(tag);
    if (FoldsFolder.isOne(folder)) {
      folder = FoldsFolder.read(folder).fold(1);
    }
    Path file = folder.resolve(RunFolder.LAST);
    return Files.isRegularFile(file)
        ? Optional.ofNullable(Safetensors.read(file).metadata().get(KEY)).map(RunPrecision::new)
        : Optional.empty();
  }

  /** How to open a device that goes on in it, a GPU or the processor; null: no such device can. */
  public @Nullable Precision precision() {
    return switch (text) {
      case FLOAT32, "float64" -> Precision.FULL;
      case BF16 -> Precision.MIXED_ON_GPU;
      case TENSOR_FLOAT -> Precision.TF32_ON_GPU;
      default -> null;
    };
  }

  /** A sentence on why a GPU computes in it. */
  public String reason() {
    String settings = switch (text) {
      case BF16 -> "`amp` bf16";
      case TENSOR_FLOAT -> "`amp` off and `tf32` on";
      default -> "`amp` off";
    };
    return settings + ", because the run's checkpoint was computed in " + text;
  }

  /** What computes so again. */
  String options() {
    return switch (text) {
      case FLOAT32 -> "`device` cpu, or a GPU with `amp` off and `tf32` off,";
      case BF16 -> "a GPU with `amp` bf16";
      case "float64" -> "`device` reference";
      default -> "a GPU with `amp` off and `tf32` on";
    };
  }
}
