package org.swinengine.data;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import java.util.stream.IntStream;

/** Images of one size in memory; loading one is a copy of its bytes. */
final class ArrayDataset implements Dataset {
  private final int height;
  private final int width;
  private final int channels;
  private final byte[][] pixelBlocks;
  private final int imagesPerBlock;
  private final int[] labels;
  private final int[] members;
  private final List<String> classNames;
  private final String sampleName;
  private final String description;
  private final @Nullable Normalize normalize;

  /** The classes of each image where it may have several; else null. */
  private final int @Nullable [][] labelSets;

  /**
   * @param pixelBlocks images in HWC order, imagesPerBlock of them in each block but the last
   * @param labels one for each image
   * @param sampleName what the samples are called, e.g. "train"
   */
  ArrayDataset(
      int height, int width, int channels, byte[][] pixelBlocks, int imagesPerBlock, int[] labels,
      List<String> classNames, String sampleName, String description) {
    this(
        height, width, channels, pixelBlocks, imagesPerBlock, labels, identity(labels.length), classNames,
        sampleName,
        description, null, null);
  }

  private ArrayDataset(
      int height, int width, int channels, byte[][] pixelBlocks, int imagesPerBlock, int[] labels,
      int[] members,
      List<String> classNames, String sampleName, String description, @Nullable Normalize normalize,
      int @Nullable [][] labelSets) {
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.pixelBlocks = pixelBlocks;
    this.imagesPerBlock = imagesPerBlock;
    this.labels = labels;
    this.members = members;
    this.classNames = List.copyOf(classNames);
    this.sampleName = sampleName;
    this.description = description;
    this.normalize = normalize;
    this.labelSets = labelSets;
  }

  private static int[] identity(int size) {
    int[] result = new int[size];
    Arrays.setAll(result, i -> i);
    return result;
  }

  /** A view of some samples; they keep their names. */
  ArrayDataset part(int[] indices) {
    int[] chosen = new int[indices.length];
    Arrays.setAll(chosen, i -> members[indices[i]]);
    return new ArrayDataset(
        height, width, channels, pixelBlocks, imagesPerBlock, labels, chosen, classNames, sampleName,
        description, normalize, labelSets);
  }

  /** The same, whose pixels' mean and deviation are known. */
  ArrayDataset withNormalize(Normalize known) {
    return new ArrayDataset(
        height, width, channels, pixelBlocks, imagesPerBlock, labels, members, classNames, sampleName,
        description, known, labelSets);
  }

  /** The same, of which each image may have several classes. */
  ArrayDataset withLabels(int[][] several) {
    return new ArrayDataset(
        height, width, channels, pixelBlocks, imagesPerBlock, labels, members, classNames, sampleName,
        description, normalize, several);
  }

  @Override
  public Optional<Normalize> normalize() {
    return Optional.ofNullable(normalize);
  }

  @Override
  public int size() {
    return members.length;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    if (labelSets != null) {
      throw MultiLabel.noSingleLabel(this);
    }
    return labels[members[index]];
  }

  @Override
  public boolean isMultiLabel() {
    return labelSets != null;
  }

  @Override
  public int[] labels(int index) {
    return labelSets == null ? new int[] {labels[members[index]]} : labelSets[members[index]].clone();
  }

  @Override
  public RawImage load(int index) {
    int member = members[index];
    int bytes = height * width * channels;
    int start = member % imagesPerBlock * bytes;
    byte[] block = pixelBlocks[member / imagesPerBlock];
    return new RawImage(height, width, channels, Arrays.copyOfRange(block, start, start + bytes));
  }

  @Override
  public boolean isDecoded() {
    return true;
  }

  @Override
  public Optional<Fingerprint> fingerprint() {
    long[] contents = new long[members.length];
    int bytes = height * width * channels;
    IntStream.range(0, contents.length)
        .parallel()
        .forEach(
            i -> {
              byte[] block = pixelBlocks[members[i] / imagesPerBlock];
              contents[i] = Fingerprint.content(block, members[i] % imagesPerBlock * bytes, bytes);
            });
    return Optional.of(Fingerprint.of(this, contents, true));
  }

  @Override
  public String name(int index) {
    return sampleName + "[" + members[index] + "]";
  }

  @Override
  public String description() {
    return description;
  }
}
