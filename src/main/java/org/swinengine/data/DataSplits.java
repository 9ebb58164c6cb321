package org.swinengine.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The parts of a data set. All parts have the training part's classes.
 *
 * @param train what the model learns from
 * @param validation what is measured after each epoch. Where the data have a test part and no validation
 *     part, this is the test part
 * @param test a further part that training never looks at, where the data have one
 * @param description one line for a person: what was found and how it was divided
 * @param isSetAside whether the validation part was set aside from the training part by a seed
 * @param notes lines for a person: what was taken for what, and what is not used
 * @param options how the data were read and divided
 */
public record DataSplits(
    Dataset train, Dataset validation, Optional<Dataset> test, String description, boolean isSetAside,
    List<String> notes, DatasetOptions options) {
  /** Parts that have nothing to be noted, as they were given. */
  public DataSplits(Dataset train, Dataset validation, Optional<Dataset> test, String description) {
    this(train, validation, test, description, false, List.of());
  }

  /** Parts that were read in the usual way. */
  public DataSplits(
      Dataset train, Dataset validation, Optional<Dataset> test, String description, boolean isSetAside,
      List<String> notes) {
    this(train, validation, test, description, isSetAside, notes, DatasetOptions.DEFAULT);
  }

  DataSplits withOptions(DatasetOptions how) {
    return new DataSplits(train, validation, test, description, isSetAside, notes, how);
  }

  /** Parts of which the validation part was set aside by a seed. */
  static DataSplits setAside(Dataset[] parts, String description, List<String> notes) {
    return new DataSplits(parts[0], parts[1], Optional.empty(), description, true, List.copyOf(notes));
  }

  /** Images of which nothing is set aside, because they are for folds. */
  static DataSplits undivided(Dataset all, List<String> notes) {
    Dataset none = DatasetView.of(all, new int[0]);
    return new DataSplits(all, none, Optional.empty(), all.description(), true, List.copyOf(notes));
  }

  /** Names of the classes; the index is the label. */
  public List<String> classNames() {
    return train.classNames();
  }

  /** What all parts have left out until now. */
  public List<SkippedFile> skipped() {
    List<SkippedFile> all = new ArrayList<>(train.skipped());
    all.addAll(validation.skipped());
    test.ifPresent(part -> all.addAll(part.skipped()));
    return List.copyOf(all);
  }

  /** What a user should know of how pictures of all parts were decoded until now. */
  public List<String> remarks() {
    List<String> all = new ArrayList<>();
    for (Dataset part : test.isPresent() ? List.of(train, validation, test.get())
        : List.of(train, validation)) {
      part.remarks().stream().map(remark -> part.description() + ": " + remark).forEach(all::add);
    }
    return List.copyOf(all);
  }
}
