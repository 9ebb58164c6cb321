package org.swinengine.data;

import java.io.IOException;

/** A data set's images, decoded and transformed each time. */
record PictureSource(Dataset dataset, ImagePipeline pipeline) implements PipelineSource {
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
