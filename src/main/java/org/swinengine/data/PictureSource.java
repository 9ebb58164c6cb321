package org.swinengine.data;

import java.io.IOException;

/** A data set's images, decoded and transformed each time. */
record PictureSource(Dataset dataset, ImagePipeline pipeline) implements SampleSource {
  @Override
  public int floatsPerSample() {
    return pipeline.floatsPerImage();
  }

  @Override
  public void read(int sample, long seed, int epoch, float[] out, int offset, SampleRandom random)
      throws IOException {
    pipeline.run(dataset.load(sample), seed, epoch, sample, out, offset, random);
  }
}
