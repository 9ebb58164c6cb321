package org.swinengine.data;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything between decoded pixels and the model's input: conversion to the model's channels, the transforms
 * in order, normalisation, and optionally random erasing. Immutable and safe for many threads.
 */
public final class ImagePipeline {
  private final int channels;
  private final int height;
  private final int width;
  private final List<Transform> transforms;
  private final Normalize normalize;
  private final @Nullable FloatTransform erasing;

  private ImagePipeline(
      int channels, int height, int width, List<Transform> transforms, Normalize normalize,
      @Nullable FloatTransform erasing) {
    if (normalize.channels() != channels) {
      throw new IllegalArgumentException(
          "the model takes " + channels + " channels, but the normalisation is for " + normalize.channels());
    }
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.transforms = List.copyOf(transforms);
    this.normalize = normalize;
    this.erasing = erasing;
  }

  /**
   * A pipeline that gives images of a fixed size.
   *
   * @param channels of the model's input, 1 or 3
   * @param height of the model's input
   * @param width of the model's input
   * @param transforms applied in this order; the last must leave images of that size
   * @param normalize with as many channels
   */
  public static ImagePipeline of(
      int channels, int height, int width, List<Transform> transforms, Normalize normalize) {
    return new ImagePipeline(channels, height, width, transforms, normalize, null);
  }

  /** Returns this pipeline with a step after the normalisation: random erasing. */
  public ImagePipeline withErasing(FloatTransform randomErasing) {
    return new ImagePipeline(channels, height, width, transforms, normalize, randomErasing);
  }

  /**
   * The usual evaluation: resized to size / cropRatio (rounded down), then the middle.
   *
   * @param size height and width of the model's input
   * @param cropRatio 224/256 = 0.875 for Microsoft's Swin and DeiT, 0.9 for timm's Swin, 1 for no margin
   * @param mode whether the shorter side is resized to that, or both
   */
  public static ImagePipeline evaluation(
      int channels, int size, double cropRatio, CropMode mode, Interpolation interpolation,
      Normalize normalize) {
    if (!(cropRatio > 0 && cropRatio <= 1)) {
      throw new IllegalArgumentException("crop ratio is " + cropRatio + " but must be above 0 and at most 1");
    }
    int resized = (int) Math.floor(size / cropRatio);
    List<Transform> steps = new ArrayList<>();
    steps.add(
        mode == CropMode.SQUASH
            ? Resize.exactly(resized, resized, interpolation)
            : Resize.shorterSide(resized, interpolation));
    if (mode == CropMode.CENTER || resized != size) {
      steps.add(new CenterCrop(size, size));
    }
    return of(channels, size, size, steps, normalize);
  }

  /** Channels of the result. */
  public int channels() {
    return channels;
  }

  /** Height of the result. */
  public int height() {
    return height;
  }

  /** Width of the result. */
  public int width() {
    return width;
  }

  /** Number of floats of one image: channels × height × width. */
  public int floatsPerImage() {
    return channels * height * width;
  }

  /** The normalisation. */
  public Normalize normalize() {
    return normalize;
  }

  /**
   * Converts one image.
   *
   * @param image any size, grey or RGB
   * @param seed of the run
   * @param epoch number of the epoch
   * @param sample index of the image in its data set
   * @param out receives [channels, height, width] floats
   * @param offset index of the first of them
   */
  public void run(RawImage image, long seed, int epoch, int sample, float[] out, int offset) {
    run(image, seed, epoch, sample, out, offset, new SampleRandom(seed, epoch, sample, 0));
  }

  /** The same with a generator to use again, for loops that should not allocate one for each image. */
  void run(RawImage image, long seed, int epoch, int sample, float[] out, int offset, SampleRandom random) {
    finish(transformed(image, seed, epoch, sample, random), seed, epoch, sample, out, offset, random);
  }

  private RawImage transformed(RawImage image, long seed, int epoch, int sample, SampleRandom random) {
    RawImage current = image.withChannels(channels);
    for (int step = 0; step < transforms.size(); step++) {
      random.reset(seed, epoch, sample, step);
      current = transforms.get(step).apply(current, random);
    }
    return current;
  }

  /**
   * What is left to be done with pixels: what each level of each channel becomes, {@code [channels, 256]}.
   * Null where more is to be done: where pictures are normalised each by itself, or a step on floats does
   * more than to overwrite boxes.
   */
  public float @Nullable [] levels() {
    return erasing == null || erasing instanceof BoxTransform ? normalize.levels() : null;
  }

  /**
   * One image but for its normalisation, for pipelines with {@link #levels} that erase nothing:
   * {@code [height, width, channels]} unsigned bytes, which may be the image's own.
   *
   * @param image any size, grey or RGB
   * @param seed of the run
   * @param epoch number of the epoch
   * @param sample index of the image in its data set
   */
  public byte[] pixels(RawImage image, long seed, int epoch, int sample) {
    RawImage result = transformed(image, seed, epoch, sample, new SampleRandom(seed, epoch, sample, 0));
    requireSize(result);
    return result.pixels();
  }

  /** The same into an array, with what is erased of it, and a generator to use again. */
  void runToPixels(
      RawImage image, long seed, int epoch, int sample, byte[] out, int offset, ErasedBoxes erased,
      SampleRandom random) {
    finish(transformed(image, seed, epoch, sample, random), seed, epoch, sample, out, offset, erased, random);
  }

  private void finish(
      RawImage image, long seed, int epoch, int sample, byte[] out, int offset, ErasedBoxes erased,
      SampleRandom random) {
    requireSize(image);
    System.arraycopy(image.pixels(), 0, out, offset, image.pixels().length);
    if (erasing instanceof BoxTransform boxes) {
      random.reset(seed, epoch, sample, transforms.size());
      boxes.draw(channels, height, width, random, erased);
    }
  }

  /**
   * Converts one image and the mask that belongs to it: what moves pixels moves those of both, by the same
   * draw; what changes values, random erasing too, leaves the mask alone.
   *
   * @param image as above
   * @param mask class numbers, of the image's size; channels stay together
   * @param maskFill the class of what lies outside of the mask, 0 to 255; 255 often means that it is not
   *     learned from
   * @param seed of the run
   * @param epoch number of the epoch
   * @param sample index of the image in its data set
   * @param out receives [channels, height, width] floats
   * @param offset index of the first of them
   * @return the mask, [height, width, channels]
   * @throws IllegalArgumentException if a transform does not say whether it moves pixels, or the sizes differ
   */
  public RawImage runWithMask(
      RawImage image, RawImage mask, int maskFill, long seed, int epoch, int sample, float[] out,
      int offset) {
    SampleRandom random = new SampleRandom(seed, epoch, sample, 0);
    Pair pair = transformed(image, mask, maskFill, seed, epoch, sample, random);
    finish(pair.image(), seed, epoch, sample, out, offset, random);
    return pair.mask();
  }

  /**
   * {@link #runWithMask} but for the image's normalisation and erasing, for pipelines with {@link #levels}.
   *
   * @param erased receives what is overwritten afterwards
   */
  public RawImage runWithMaskToPixels(
      RawImage image, RawImage mask, int maskFill, long seed, int epoch, int sample, byte[] out,
      int offset, ErasedBoxes erased) {
    SampleRandom random = new SampleRandom(seed, epoch, sample, 0);
    Pair pair = transformed(image, mask, maskFill, seed, epoch, sample, random);
    finish(pair.image(), seed, epoch, sample, out, offset, erased, random);
    return pair.mask();
  }

  private record Pair(RawImage image, RawImage mask) {}

  private Pair transformed(
      RawImage image, RawImage mask, int maskFill, long seed, int epoch, int sample, SampleRandom random) {
    if (mask.height() != image.height() || mask.width() != image.width()) {
      throw new IllegalArgumentException(
          "the mask is " + mask.height() + "x" + mask.width() + ", but must have the image's size, "
              + image.height() + "x" + image.width());
    }
    RawImage current = image.withChannels(channels);
    RawImage currentMask = mask;
    for (int step = 0; step < transforms.size(); step++) {
      random.reset(seed, epoch, sample, step);
      Transform transform = transforms.get(step);
      if (transform instanceof GeometricTransform geometric) {
        DrawnTransform drawn = geometric.draw(current.height(), current.width(), random);
        current = drawn.image(current);
        currentMask = moved(drawn, currentMask, maskFill);
      } else if (transform instanceof PixelTransform) {
        current = transform.apply(current, random);
      } else {
        throw new IllegalArgumentException(
            "the step " + transform + " does not say what it does to a mask; make it a GeometricTransform,"
                + " or a PixelTransform if every pixel stays in its place");
      }
    }
    return new Pair(current, currentMask);
  }

  /** Transforms know masks of one channel. */
  private static RawImage moved(DrawnTransform drawn, RawImage mask, int fill) {
    if (mask.channels() == 1) {
      return drawn.mask(mask, fill);
    }
    int channels = mask.channels();
    RawImage all = mask;
    for (int c = 0; c < channels; c++) {
      byte[] plane = new byte[mask.height() * mask.width()];
      for (int i = 0; i < plane.length; i++) {
        plane[i] = mask.pixels()[i * channels + c];
      }
      RawImage moved = drawn.mask(new RawImage(mask.height(), mask.width(), 1, plane), fill);
      byte[] pixels = c == 0 ? new byte[moved.pixels().length * channels] : all.pixels();
      for (int i = 0; i < moved.pixels().length; i++) {
        pixels[i * channels + c] = moved.pixels()[i];
      }
      all = new RawImage(moved.height(), moved.width(), channels, pixels);
    }
    return all;
  }

  private void requireSize(RawImage current) {
    if (current.height() != height || current.width() != width) {
      throw new IllegalArgumentException(
          "the model takes images of " + height + "x" + width + ", but the pipeline " + transforms + " gave "
              + current.height() + "x" + current.width() + "; end it with a Resize or a crop to that size");
    }
  }

  private void finish(
      RawImage current, long seed, int epoch, int sample, float[] out, int offset, SampleRandom random) {
    requireSize(current);
    normalize.apply(current, out, offset);
    if (erasing != null) {
      random.reset(seed, epoch, sample, transforms.size());
      erasing.apply(out, offset, channels, height, width, random);
    }
  }

  @Override
  public String toString() {
    return "ImagePipeline[" + channels + "x" + height + "x" + width + ", " + transforms + ", " + normalize
        + (erasing == null ? "" : ", " + erasing) + "]";
  }
}
