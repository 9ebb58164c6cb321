package org.swinengine.pretrained;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint that somebody published, as the table of this package knows it.
 *
 * @param name as timm, torchvision or the original repository name it: {@code
 *     swin_tiny_patch4_window7_224.ms_in1k}
 * @param model the named configuration that it belongs to, as {@code --model} takes it
 * @param classes rows of its head: 1000 for ImageNet-1k, 21841 or 21843 for ImageNet-22k
 * @param imageSize side of the square images that it takes
 * @param cropRatio the middle of the resized picture that its publisher evaluates; 1 for all of it
 * @param interpolation {@code bicubic} or {@code bilinear}
 * @param mean of each of three channels, subtracted from values between 0 and 1
 * @param deviation by which the rest is divided
 * @param source {@code https://…} or {@code hf:ORG/REPO}
 * @param sha256 checksum in small letters, or its first digits, where it is stated; else null
 * @param mebibytes size where it is stated, rounded; else 0
 * @param licence of the repository or model card that publishes it
 */
public record PublishedCheckpoint(
    String name,
    String model,
    int classes,
    int imageSize,
    double cropRatio,
    String interpolation,
    float[] mean,
    float[] deviation,
    String source,
    @Nullable String sha256,
    double mebibytes,
    String licence) {

  // The table is shared by all who ask.
  @Override
  public float[] mean() {
    return mean.clone();
  }

  @Override
  public float[] deviation() {
    return deviation.clone();
  }

  /** The checksum or its first digits. */
  public Optional<String> checksum() {
    return Optional.ofNullable(sha256);
  }
}
