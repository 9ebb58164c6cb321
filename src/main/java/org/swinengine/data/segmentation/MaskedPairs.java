package org.swinengine.data.segmentation;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.swinengine.data.Fingerprint;
import org.swinengine.data.SampleRange;

/** Pairs that are read when they are asked for, and kept as far as the memory for it reaches. */
final class MaskedPairs implements SegmentationDataset {
  private final List<MaskedPair> pairs;
  private final MaskedPair.Reading reading;
  private final String description;
  private final boolean wholeContents;
  private final long limit;
  private final AtomicReferenceArray<ImageAndMask> kept;
  private final AtomicLong used = new AtomicLong();

  /**
   * @param wholeContents whether all bytes of a pair went into {@link MaskedPair#content}
   */
  MaskedPairs(
      List<MaskedPair> pairs, MaskedPair.Reading reading, String description, boolean wholeContents) {
    this(pairs, reading, description, wholeContents, 0);
  }

  private MaskedPairs(
      List<MaskedPair> pairs, MaskedPair.Reading reading, String description, boolean wholeContents,
      long limit) {
    this.pairs = List.copyOf(pairs);
    this.reading = reading;
    this.description = description;
    this.wholeContents = wholeContents;
    this.limit = limit;
    kept = new AtomicReferenceArray<>(pairs.size());
  }

  @Override
  public ImageAndMask pair(int index) throws IOException {
    ImageAndMask known = kept.get(index);
    if (known != null) {
      return known;
    }
    ImageAndMask read = pairs.get(index).read(reading);
    // What is kept is never given up: an epoch asks for each picture once.
    if (used.addAndGet(read.bytes()) > limit || !kept.compareAndSet(index, null, read)) {
      used.addAndGet(-read.bytes());
    }
    return read;
  }

  @Override
  public SegmentationDataset part(int[] indices) {
    return new MaskedPairs(
        Arrays.stream(indices).mapToObj(pairs::get).toList(), reading, description, wholeContents, limit);
  }

  @Override
  public SegmentationDataset cached(long bytes) {
    return new MaskedPairs(pairs, reading, description, wholeContents, bytes);
  }

  @Override
  public ClassTable classes() {
    return reading.classes();
  }

  @Override
  public boolean isOverlapping() {
    return reading.overlapping();
  }

  @Override
  public int size() {
    return pairs.size();
  }

  @Override
  public String name(int index) {
    return pairs.get(index).name();
  }

  @Override
  public Optional<String> group(int index) {
    return Optional.ofNullable(pairs.get(index).group());
  }

  @Override
  public Optional<String> volume(int index) {
    return Optional.ofNullable(pairs.get(index).volume());
  }

  @Override
  public Optional<Spacing> spacing(int index) throws IOException {
    return Optional.ofNullable(pairs.get(index).spacing());
  }

  @Override
  public int[] extent(int index) throws IOException {
    int[] known = pairs.get(index).extent();
    return known != null ? known : SegmentationDataset.super.extent(index);
  }

  @Override
  public Optional<int[]> objects(int index) throws IOException {
    return Optional.ofNullable(pairs.get(index).numbers());
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public SampleRange sampleRange() {
    return reading.decoding().range();
  }

  @Override
  public Optional<Fingerprint> fingerprint() {
    long[] contents = IntStream.range(0, size()).mapToLong(i -> pairs.get(i).content()).toArray();
    return Optional.of(Fingerprint.of(this, contents, wholeContents));
  }
}
