package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Data on which a model is to be measured. Less is asked of them than of data to learn from ({@link
 * Datasets#open}): a test part alone will do, and so will one class.
 */
public final class LabelledData {
  /** Opens some of the parts; none where there are none. */
  private interface Opener {
    /**
     * @param options how image files are read
     * @param notes receives what the user should know
     */
    Dataset open(List<DataPart> parts, DatasetOptions options, List<String> notes) throws IOException;
  }

  private final Path path;
  private final Set<DataPart> parts;
  private final Opener opener;
  private DatasetOptions options;
  private List<String> notes = List.of();

  private LabelledData(Path path, DatasetOptions options, Set<DataPart> parts, Opener opener) {
    this.path = path;
    this.options = options;
    this.parts = parts;
    this.opener = opener;
  }

  /**
   * Finds out what data are at a path.
   *
   * @param path a folder or a file, as {@link Datasets#open} takes it
   * @throws DatasetException with a sentence for the user if there are none
   * @throws IOException when reading fails
   */
  public static LabelledData at(Path path) throws IOException {
    return at(path, DatasetOptions.DEFAULT);
  }

  /** The same, and how: columns, groups and how files are read. */
  public static LabelledData at(Path path, DatasetOptions options) throws IOException {
    return Datasets.labelled(path, options);
  }

  /** Has samples wider than 8 bits read so from now on; they are read in full otherwise. */
  public LabelledData withSampleRange(SampleRange newRange) {
    options = options.withSampleRange(newRange);
    return this;
  }

  /** Has image files turned as their EXIF data say from now on; they are not otherwise. */
  public LabelledData withExifOrientation(boolean heeded) {
    options = options.withExifOrientation(heeded);
    return this;
  }

  static LabelledData ofFolders(FolderLayout layout, Path path, DatasetOptions options) {
    return new LabelledData(
        path,
        options,
        layout.parts().keySet(),
        (wanted, how, notes) -> {
          ClassFolders opened = new ClassFolders(layout, how);
          Dataset dataset = opened.measured(wanted);
          notes.addAll(opened.notes());
          return dataset;
        });
  }

  static LabelledData ofLists(ListLayout layout, Path path, DatasetOptions options) throws IOException {
    return new LabelledData(
        path,
        options,
        new ListFolder(layout, options).parts(),
        (wanted, how, notes) -> {
          ListFolder opened = new ListFolder(layout, how);
          Dataset dataset = opened.measured(wanted);
          notes.addAll(opened.notes());
          return dataset;
        });
  }

  /** Of parts that are in memory, all with the same classes. */
  static LabelledData of(
      Path path, DatasetOptions options, String description, Map<DataPart, ArrayDataset> parts) {
    return new LabelledData(
        path,
        options,
        parts.keySet(),
        (wanted, how, notes) -> {
          List<Dataset> chosen = new ArrayList<>();
          parts.forEach((part, dataset) -> {
            if (wanted.contains(part)) {
              chosen.add(dataset);
            }
          });
          return chosen.size() == 1 ? chosen.get(0) : new JoinedDataset(chosen, description);
        });
  }

  /**
   * The parts that the data have. A training part alone, or none, leaves a validation part to be set aside.
   */
  public Set<DataPart> parts() {
    return parts;
  }

  /** Whether there is neither a validation nor a test part. */
  public boolean isUndivided() {
    return !parts.contains(DataPart.VALIDATION) && !parts.contains(DataPart.TEST);
  }

  /** All images of all parts. Their classes are those of the folders, or of the files. */
  public Dataset all() throws IOException {
    return open(List.copyOf(parts));
  }

  /**
   * The images of a part.
   *
   * @throws DatasetException if there is no such part
   */
  public Dataset part(DataPart part) throws IOException {
    if (!parts.contains(part)) {
      String others = parts.stream().map(DataPart::text).collect(Collectors.joining(" and a "));
      throw new DatasetException(
          path + " has no " + part.text() + " part"
              + (others.isEmpty() ? "" : ", only a " + others + " part") + "; choose another `split`.");
    }
    return open(List.of(part));
  }

  private Dataset open(List<DataPart> wanted) throws IOException {
    List<String> found = new ArrayList<>();
    Dataset dataset = opener.open(wanted, options, found);
    notes = List.copyOf(found);
    return dataset;
  }

  /**
   * A training and a validation part, set aside as {@link Datasets#open} does it.
   *
   * @param fraction share of each class
   * @param seed that chooses it
   */
  public DataSplits setAside(double fraction, long seed) throws IOException {
    DataSplits splits = Datasets.open(path, options.withValidationFraction(fraction).withSeed(seed));
    notes = splits.notes();
    return splits;
  }

  /**
   * The folds that {@link FoldedData#open} makes of them.
   *
   * @param count number of folds, at least 2
   * @param seed that chooses them
   */
  public FoldedData folds(int count, long seed) throws IOException {
    FoldedData folded = FoldedData.open(path, count, options.withSeed(seed));
    notes = folded.notes();
    return folded;
  }

  /** What was taken for what, and what is not used of what has been opened last. */
  public List<String> notes() {
    return notes;
  }
}
