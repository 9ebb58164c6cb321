package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Data for cross-validation: images that are divided into {@link Folds}, and what of the data is left alone
 * until all folds are done.
 *
 * @param whole the images that are divided
 * @param folds for each fold what is learnt from and what is measured on, views of {@code whole}
 * @param members for each fold the indices in {@code whole} of what is measured on, ascending
 * @param test images that no fold sees: the test part of the data, or else their validation part; empty where
 *     the data have neither
 * @param notes lines for a person: what was taken for what, and what is not used
 */
public record FoldedData(
    Dataset whole, List<DataSplits> folds, List<int[]> members, Optional<Dataset> test, List<String> notes) {
  /**
   * Opens data for folds. What {@link Datasets#open} would divide into a training and a validation part stays
   * together and is divided into folds; of other data the training part is.
   *
   * @param path a folder or a file, as {@link Datasets#open} takes it
   * @param count number of folds, at least 2
   * @param options how the data are read; the seed also chooses the folds
   * @throws DatasetException with a sentence for the user if the data cannot be used, or there are fewer
   *     groups, or images, than folds
   * @throws IOException when reading fails
   */
  public static FoldedData open(Path path, int count, DatasetOptions options) throws IOException {
    return of(Datasets.open(path, options.withFolds(count)), count, options.seed());
  }

  /**
   * Divides the training part of data. A validation part that was set aside of it by a seed goes back to it;
   * one that the data came with is left alone.
   *
   * @param count number of folds, at least 2
   * @param seed chooses the folds
   * @throws DatasetException if there are fewer groups, or images, than folds
   */
  public static FoldedData of(DataSplits splits, int count, long seed) throws DatasetException {
    boolean joined = splits.isSetAside() && splits.validation().size() > 0;
    Dataset whole =
        joined
            ? new JoinedDataset(List.of(splits.train(), splits.validation()), splits.train().description())
            : splits.train();
    List<String> notes = new ArrayList<>(splits.notes());
    Optional<Dataset> test = splits.test();
    if (!splits.isSetAside()) {
      test.ifPresent(
          part -> notes.add(
              "the validation part of " + splits.validation().size() + " images is not used: folds are made"
                  + " of the training part, and the test part is for the end"));
      test = test.or(() -> Optional.of(splits.validation()));
    }
    int[] foldOf = Folds.assigned(whole, count, seed);
    List<int[]> members = new ArrayList<>();
    for (int fold = 0; fold < count; fold++) {
      members.add(Folds.members(foldOf, fold));
    }
    List<String> told = List.copyOf(notes);
    DatasetOptions how = splits.options().withSeed(seed).withFolds(count);
    return new FoldedData(whole, Folds.of(whole, foldOf, told, how), List.copyOf(members), test, told);
  }

  /**
   * Divides a data set, all of it.
   *
   * @param count number of folds, at least 2
   * @param seed chooses the folds
   * @throws DatasetException if there are fewer groups, or images, than folds
   */
  public static FoldedData of(Dataset whole, int count, long seed) throws DatasetException {
    return of(whole, List.of(), count, seed);
  }

  /**
   * The same with something to be told.
   *
   * @param notes lines for a person
   */
  public static FoldedData of(Dataset whole, List<String> notes, int count, long seed)
      throws DatasetException {
    return of(DataSplits.undivided(whole, notes), count, seed);
  }

  /** Number of folds. */
  public int count() {
    return folds.size();
  }
}
