package org.swinengine.data.segmentation;

import java.io.IOException;
import org.swinengine.data.ErasedBoxes;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.PipelineSource;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;

/**
 * Pictures with their masks as batches: what moves pixels moves those of both, what changes values the
 * picture's alone. What a move brings in from outside of a picture counts nowhere
 * ({@link SegmentationDataset#IGNORED}).
 *
 * @param dataset the pictures
 * @param pipeline ends in the model's input
 */
public record MaskedSource(SegmentationDataset dataset, ImagePipeline pipeline) implements PipelineSource {
  @Override
  public int labelsPerSample() {
    return pipeline.height() * pipeline.width();
  }

  @Override
  public void read(
      int sample, long seed, int epoch, float[] out, int offset, int[] labels, int labelOffset,
      SampleRandom random) throws IOException {
    ImageAndMask pair = dataset.pair(sample);
    label(
        pipeline.runWithMask(
            pair.image(), pair.mask(), SegmentationDataset.IGNORED, seed, epoch, sample, out, offset),
        labels, labelOffset);
  }

  @Override
  public void readPixels(
      int sample, long seed, int epoch, byte[] out, int offset, ErasedBoxes erased, int[] labels,
      int labelOffset, SampleRandom random) throws IOException {
    ImageAndMask pair = dataset.pair(sample);
    label(
        pipeline.runWithMaskToPixels(
            pair.image(), pair.mask(), SegmentationDataset.IGNORED, seed, epoch, sample, out, offset,
            erased),
        labels, labelOffset);
  }

  private void label(RawImage mask, int[] labels, int labelOffset) {
    byte[] classes = mask.pixels();
    boolean sets = dataset.isOverlapping();
    for (int i = 0; i < labelsPerSample(); i++) {
      labels[labelOffset + i] = sets ? ClassSets.at(classes, mask.channels(), i) : classes[i] & 255;
    }
  }

  @Override
  public void read(int sample, long seed, int epoch, float[] out, int offset, SampleRandom random)
      throws IOException {
    read(sample, seed, epoch, out, offset, new int[labelsPerSample()], 0, random);
  }
}
