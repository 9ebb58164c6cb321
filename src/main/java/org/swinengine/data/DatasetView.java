package org.swinengine.data;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Some samples of a data set, or the same with other classes. */
public final class DatasetView implements Dataset {
  private final Dataset whole;
  private final int[] members;
  private final List<String> classNames;

  /** The new label of each of the data set's. */
  private final int[] labels;

  private DatasetView(Dataset whole, int[] members, List<String> classNames, int[] labels) {
    this.whole = whole;
    this.members = members;
    this.classNames = List.copyOf(classNames);
    this.labels = labels;
  }

  /**
   * Some samples.
   *
   * @param members their indices in the data set
   */
  public static DatasetView of(Dataset whole, int[] members) {
    int[] same = IntStream.range(0, whole.classNames().size()).toArray();
    return new DatasetView(whole, members.clone(), whole.classNames(), same);
  }

  /**
   * All samples with a model's classes in place of their own.
   *
   * @param classNames the model's
   * @param labels which of them each of the data set's classes is
   */
  public static DatasetView withClasses(Dataset whole, List<String> classNames, int[] labels) {
    int[] all = IntStream.range(0, whole.size()).toArray();
    return new DatasetView(whole, all, classNames, labels.clone());
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
    return labels[whole.label(members[index])];
  }

  @Override
  public boolean isMultiLabel() {
    return whole.isMultiLabel();
  }

  @Override
  public int[] labels(int index) {
    return Arrays.stream(whole.labels(members[index])).map(label -> labels[label]).sorted().toArray();
  }

  @Override
  public Optional<String> group(int index) {
    return whole.group(members[index]);
  }

  @Override
  public RawImage load(int index) throws IOException {
    return whole.load(members[index]);
  }

  @Override
  public boolean isDecoded() {
    return whole.isDecoded();
  }

  @Override
  public String name(int index) {
    return whole.name(members[index]);
  }

  @Override
  public String description() {
    return whole.description();
  }

  @Override
  public Optional<Normalize> normalize() {
    return whole.normalize();
  }

  @Override
  public Optional<Fingerprint> fingerprint() throws IOException {
    Optional<Fingerprint> all = whole.fingerprint();
    if (all.isEmpty()) {
      return all;
    }
    long[] contents = all.get().contents();
    long[] chosen = Arrays.stream(members).mapToLong(member -> contents[member]).toArray();
    return Optional.of(Fingerprint.of(this, chosen, all.get().isWhole()));
  }

  @Override
  public SampleRange sampleRange() {
    return whole.sampleRange();
  }

  @Override
  public List<String> remarks() {
    return whole.remarks();
  }

  @Override
  public List<SkippedFile> skipped() {
    return whole.skipped();
  }
}
