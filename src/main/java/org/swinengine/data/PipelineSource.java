package org.swinengine.data;

import org.jspecify.annotations.Nullable;

/** Samples that are pictures, each as a pipeline makes it. */
public interface PipelineSource extends SampleSource {
  /** What decodes and transforms the pictures. */
  ImagePipeline pipeline();

  @Override
  default int floatsPerSample() {
    return pipeline().floatsPerImage();
  }

  @Override
  default float @Nullable [] levels() {
    return pipeline().levels();
  }

  @Override
  default int height() {
    return pipeline().height();
  }

  @Override
  default int width() {
    return pipeline().width();
  }
}
