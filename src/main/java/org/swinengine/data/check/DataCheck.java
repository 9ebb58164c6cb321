package org.swinengine.data.check;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataPart;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.DatasetException;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.Fingerprint;
import org.swinengine.data.LabelledData;
import org.swinengine.data.SkippedFile;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.data.check.Finding.Kind;

/**
 * Looks at a data set. What it finds is a function of the data alone.
 *
 * <p>Pictures are equal if their decoded pixels are: the same picture in a PNG and a TIFF file is found.
 */
public final class DataCheck {
  /** A class with so many times fewer images than the largest is said. */
  private static final int UNEVEN = 20;

  private final List<PartSummary> parts = new ArrayList<>();
  private final List<CheckedSample> samples = new ArrayList<>();
  private final List<PictureSummary> pictures = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private DataCheck() {}

  /**
   * Decodes every picture of a data set, once.
   *
   * @param path as {@link org.swinengine.data.Datasets#open} takes it; a test part alone will do
   * @param options columns, groups and how pictures are read
   * @throws DatasetException if there are no such data
   * @throws IOException when they cannot be read
   */
  public static CheckReport of(Path path, DatasetOptions options) throws IOException {
    DataCheck check = new DataCheck();
    LabelledData data = LabelledData.at(path, options.withVerifyUpTo(0));
    if (data.parts().isEmpty()) {
      check.add("all", data.all());
      check.notes.addAll(data.notes());
    }
    for (DataPart part : data.parts()) {
      check.add(part.text(), data.part(part));
      check.notes.addAll(data.notes());
    }
    return check.report();
  }

  /**
   * What can be told without decoding anything: of data that a run has opened and whose files it has read
   * anyway. Files are equal here if their bytes are.
   *
   * @return empty where nothing was found, and of equal pictures where the files have not been read
   * @throws IOException when the data cannot be read
   */
  public static List<Finding> quick(DataSplits splits) throws IOException {
    List<CheckedSample> samples = new ArrayList<>();
    List<Finding> found = new ArrayList<>();
    Map<String, Dataset> parts = new LinkedHashMap<>();
    parts.put(DataPart.TRAIN.text(), splits.train());
    // Data whose test part serves for validation have it once.
    parts.put(DataPart.VALIDATION.text(), splits.validation());
    splits.test().ifPresent(test -> parts.put(DataPart.TEST.text(), test));
    for (Map.Entry<String, Dataset> part : parts.entrySet()) {
      Optional<Fingerprint> fingerprint = part.getValue().fingerprint();
      boolean whole = fingerprint.isPresent() && fingerprint.get().isWhole();
      long[] contents = whole ? fingerprint.get().contents() : new long[0];
      for (int i = 0; i < part.getValue().size(); i++) {
        String content = whole ? Long.toHexString(contents[i]) : part.getKey() + " " + i;
        samples.add(CheckedSample.of(part.getKey(), part.getValue(), i, content));
      }
      if (!(part.getValue() instanceof SegmentationDataset)) {
        balance(part.getKey(), classes(part.getValue(), index -> true), found);
      }
    }
    found.addAll(EqualSamples.find(samples));
    found.sort(Comparator.comparing(Finding::kind));
    return List.copyOf(found);
  }

  private void add(String part, Dataset dataset) throws IOException {
    int size = dataset.size();
    @Nullable PictureSummary[] summaries = new PictureSummary[size];
    IntStream.range(0, size)
        .parallel()
        .forEach(
            i -> {
              try {
                summaries[i] = PictureSummary.of(dataset.load(i));
              } catch (IOException e) {
                // A class of which nothing can be read; its files are among those that are skipped.
                summaries[i] = null;
              }
            });
    List<SkippedFile> skipped = dataset.skipped();
    Set<String> unreadable = skipped.stream().map(SkippedFile::file).collect(Collectors.toSet());
    for (SkippedFile file : skipped) {
      findings.add(
          new Finding(
              Kind.UNREADABLE, file.file() + " " + file.reason(), List.of(part + ": " + file.file())));
    }
    List<PictureSummary> own = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      PictureSummary summary = summaries[i];
      // In place of an unreadable picture another one was given.
      if (summary != null && !unreadable.contains(dataset.name(i))) {
        own.add(summary);
        samples.add(CheckedSample.of(part, dataset, i, summary.content()));
      }
    }
    pictures.addAll(own);
    Map<String, Integer> classes = classes(dataset, i -> !unreadable.contains(dataset.name(i)));
    balance(part, classes, findings);
    parts.add(PartSummary.of(part, classes, own));
    dataset.remarks().forEach(remark -> notes.add(part + ": " + remark));
  }

  /** Which samples are counted. */
  private interface Counted {
    boolean is(int index);
  }

  private static Map<String, Integer> classes(Dataset dataset, Counted counted) {
    int[] counts = new int[dataset.classNames().size()];
    for (int i = 0; i < dataset.size(); i++) {
      if (counted.is(i)) {
        Arrays.stream(dataset.labels(i)).forEach(label -> counts[label]++);
      }
    }
    Map<String, Integer> classes = new LinkedHashMap<>();
    for (int label = 0; label < counts.length; label++) {
      classes.put(dataset.classNames().get(label), counts[label]);
    }
    return classes;
  }

  private static void balance(String part, Map<String, Integer> classes, List<Finding> findings) {
    int most = classes.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    List<String> few = new ArrayList<>();
    classes.forEach((name, count) -> {
      if (count == 0) {
        findings.add(new Finding(Kind.EMPTY_CLASS, part + " has no image of class " + name, List.of()));
      } else if ((long) count * UNEVEN < most) {
        few.add(name + " (" + count + ")");
      }
    });
    if (!few.isEmpty()) {
      String largest =
          classes.entrySet().stream().filter(entry -> entry.getValue() == most).findFirst().orElseThrow()
              .getKey();
      findings.add(
          new Finding(
              Kind.IMBALANCE,
              String.format(
                  Locale.ROOT, "%s has %,d images of class %s, and not a twentieth of that of %s", part, most,
                  largest, String.join(", ", few)),
              List.of()));
    }
  }

  private CheckReport report() {
    findings.addAll(EqualSamples.find(samples));
    findings.addAll(NearDuplicates.find(samples, pictures, notes));
    Set<String> names = new TreeSet<>();
    parts.forEach(part -> names.addAll(part.classes().keySet()));
    for (PartSummary part : parts) {
      names.stream().filter(name -> !part.classes().containsKey(name))
          .forEach(
              name -> findings.add(
                  new Finding(Kind.EMPTY_CLASS, part.name() + " has no image of class " + name, List.of())));
    }
    findings.sort(Comparator.comparing(Finding::kind));
    return new CheckReport(
        List.copyOf(parts), List.copyOf(findings), notes.stream().distinct().toList());
  }
}
