package org.swinengine.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Parts of a data set one after the other; all have the same classes. */
final class JoinedDataset implements Dataset {
  private final List<Dataset> parts;
  private final String description;

  JoinedDataset(List<Dataset> parts, String description) {
    this.parts = List.copyOf(parts);
    this.description = description;
  }

  /** Gives a sample's part and the sample's index in it. */
  private <T> T at(int index, Reader<T> reader) {
    int rest = index;
    for (Dataset part : parts) {
      if (rest < part.size()) {
        return reader.read(part, rest);
      }
      rest -= part.size();
    }
    throw new IndexOutOfBoundsException(index);
  }

  private interface Reader<T> {
    T read(Dataset part, int index);
  }

  @Override
  public int size() {
    return parts.stream().mapToInt(Dataset::size).sum();
  }

  @Override
  public List<String> classNames() {
    return parts.get(0).classNames();
  }

  @Override
  public int label(int index) {
    return at(index, Dataset::label);
  }

  @Override
  public boolean isDecoded() {
    return parts.stream().allMatch(Dataset::isDecoded);
  }

  @Override
  public boolean isMultiLabel() {
    return parts.get(0).isMultiLabel();
  }

  @Override
  public int[] labels(int index) {
    return at(index, Dataset::labels);
  }

  @Override
  public Optional<String> group(int index) {
    return at(index, Dataset::group);
  }

  @Override
  public RawImage load(int index) throws IOException {
    Dataset part = at(index, (found, inner) -> found);
    return part.load(at(index, (found, inner) -> inner));
  }

  @Override
  public String name(int index) {
    return at(index, Dataset::name);
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Optional<Fingerprint> fingerprint() throws IOException {
    long[] contents = {};
    boolean whole = true;
    for (Dataset part : parts) {
      Optional<Fingerprint> found = part.fingerprint();
      if (found.isEmpty()) {
        return found;
      }
      int start = contents.length;
      long[] more = found.get().contents();
      contents = Arrays.copyOf(contents, start + more.length);
      System.arraycopy(more, 0, contents, start, more.length);
      whole &= found.get().isWhole();
    }
    return Optional.of(Fingerprint.of(this, contents, whole));
  }

  @Override
  public SampleRange sampleRange() {
    return parts.get(0).sampleRange();
  }

  @Override
  public List<String> remarks() {
    return parts.stream().flatMap(part -> part.remarks().stream()).toList();
  }

  @Override
  public List<SkippedFile> skipped() {
    List<SkippedFile> all = new ArrayList<>();
    parts.forEach(part -> all.addAll(part.skipped()));
    return List.copyOf(all);
  }
}
