package org.swinengine.data;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A data set's images, decoded and transformed each time. */
record PictureSource(Dataset dataset, ImagePipeline pipeline) implements SampleSource {
  @Override
  public int floatsPerSample() {
    return pipeline.floatsPerImage();
  }

  @Override
  public float @Nullable [] levels() {
    return pipeline.levels();
  }

  @Override
  public int height() {
    return pipeline.height();
  }

  @Override
  public int width() {
    return pipeline.width();
  }

  @Override
  public void readPixels(
      int sample, long seed, int epoch, byte[] out, int offset, ErasedBoxes erased, int[] labels,
      int labelOffset, SampleRandom random) throws IOException {
    pipeline.runToPixels(dataset.load(sample), seed, epoch, sample, out, offset, erased, random);
  }

  @Override
  public void read(int sample, long seed, int epoch, float[] out, int offset, SampleRandom random)
      throws IOException {
    pipeline.run(dataset.load(sample), seed, epoch, sample, out, offset, random);
  }
}
