package org.swinengine.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.data.Transform;
import org.swinengine.data.augment.AugmentationPolicy;
import org.swinengine.data.augment.ColorJitter;
import org.swinengine.data.augment.ElasticDeformation;
import org.swinengine.data.augment.FillColor;
import org.swinengine.data.augment.RandomAffine;
import org.swinengine.data.augment.RandomErasing;
import org.swinengine.data.augment.RandomHorizontalFlip;
import org.swinengine.data.augment.RandomResizedCrop;

/**
 * Training pipelines at 224 on one thread, from a decoded picture of 500 by 375 pixels (a picture of
 * ImageNet's usual size) and, as {@code decodeAndRun}, from its JPEG file. {@code peers/torchvision_bench.py}
 * does the same with Pillow and torchvision.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class AugmentBench {
  private static final int SIZE = 224;

  /** A recipe's transforms after the random resized crop and the mirroring. */
  @Param({"crop", "jitter", "rand-m9-mstd0.5-inc1", "ta_wide", "3a", "affine", "elastic"})
  public String recipe;

  private byte[] file;
  private RawImage picture;
  private ImagePipeline pipeline;
  private float[] out;
  private int sample;

  /** Makes the file and the pipeline. */
  @Setup
  public void prepare() {
    try {
      file = BenchPhoto.jpeg();
      picture = ImageDecoder.decode(file, "the benchmark's photo");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    FillColor fill = FillColor.ofMean(Normalize.IMAGENET);
    Transform crop = RandomResizedCrop.standard(SIZE, SIZE, Interpolation.BICUBIC);
    Transform flip = new RandomHorizontalFlip(0.5);
    List<Transform> steps = switch (recipe) {
      case "crop" -> List.of(crop, flip);
      case "jitter" -> List.of(crop, flip, new ColorJitter(0.4, 0.4, 0.4));
      case "affine" -> List.of(crop, flip, RandomAffine.rotation(15).withScale(0.9, 1.1));
      case "elastic" -> List.of(crop, flip, new ElasticDeformation(50, 5, fill));
      default -> List.of(crop, flip, AugmentationPolicy.parse(recipe, fill));
    };
    pipeline =
        ImagePipeline.of(3, SIZE, SIZE, steps, Normalize.IMAGENET)
            .withErasing(RandomErasing.standard(0.25));
    out = new float[pipeline.floatsPerImage()];
  }

  /** The transforms alone. */
  @Benchmark
  public float[] run() {
    pipeline.run(picture, 0, 0, sample++, out, 0);
    return out;
  }

  /** From the bytes of the file. */
  @Benchmark
  public float[] decodeAndRun() throws IOException {
    pipeline.run(ImageDecoder.decode(file, "the benchmark's photo"), 0, 0, sample++, out, 0);
    return out;
  }
}
