package org.swinengine.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataPart;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.DatasetException;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.DatasetView;
import org.swinengine.data.LabelledData;
import org.swinengine.data.list.ListColumns;

/**
 * The images that a model is measured on, with the model's classes.
 *
 * @param dataset the images
 * @param notes lines for the user: which images these are and why, what was taken for what, what is not used
 */
public record EvaluationData(Dataset dataset, List<String> notes) {
  /** Which images of the data are meant. */
  public enum Split {
    /**
     * The test part, or else the validation part. Of data that have neither: the part that training set
     * aside, if the model was trained on these data; else all of them, but those that it was trained on.
     */
    AUTO,
    ALL,
    TRAIN,
    VAL,
    TEST
  }

  /**
   * @param split which images are meant
   * @param fraction share of each class that training set aside; null: as the checkpoint says
   * @param seed that chose them; null: as the checkpoint says
   * @param columns of a list; all as usual: as the checkpoint says
   * @param groupPattern that tells the groups of images; null: as the checkpoint says
   */
  public record Options(
      Split split, @Nullable Double fraction, @Nullable Long seed, ListColumns columns,
      @Nullable String groupPattern) {
    /** Without choices of columns and groups. */
    public Options(Split split, @Nullable Double fraction, @Nullable Long seed) {
      this(split, fraction, seed, ListColumns.USUAL, null);
    }

    /** As the data and the checkpoint say. */
    public static final Options AUTO = new Options(Split.AUTO, null, null);
  }

  /** Collects what is found, for {@link #open}. */
  private static final class Choice {
    private final LabelledData found;
    private final Options options;
    private final @Nullable TrainedData trained;
    private final List<String> classNames;
    private final List<String> notes = new ArrayList<>();

    Choice(LabelledData found, Options options, LoadedModel model, @Nullable TrainedData trained) {
      this.found = found;
      this.options = options;
      this.trained = trained;
      classNames = model.classNames();
    }

    Dataset choose() throws IOException {
      Dataset chosen =
          switch (options.split()) {
            case ALL -> found.all();
            case TEST -> found.part(DataPart.TEST);
            case VAL -> found.isUndivided() ? setAside().validation() : found.part(DataPart.VALIDATION);
            case TRAIN -> found.isUndivided() ? setAside().train() : found.part(DataPart.TRAIN);
            case AUTO -> null;
          };
      if (chosen == null) {
        chosen = found.isUndivided() ? undivided() : found.part(givenPart());
      }
      boolean left = options.split() == Split.AUTO && found.isUndivided();
      if (!left && options.split() != Split.TRAIN) {
        warnOfSeen(chosen);
      }
      notes.addAll(found.notes());
      return chosen;
    }

    private DataPart givenPart() {
      return found.parts().contains(DataPart.TEST) ? DataPart.TEST : DataPart.VALIDATION;
    }

    private DataSplits setAside() throws IOException {
      Optional<TrainedData.SetAside> stored = Optional.ofNullable(trained).flatMap(TrainedData::setAside);
      boolean given = options.fraction() != null || options.seed() != null;
      Optional<DataSplits> fold = given || stored.isEmpty() ? Optional.empty() : fold(stored.get());
      if (fold.isPresent()) {
        return fold.get();
      }
      DatasetOptions usual = DatasetOptions.DEFAULT;
      double fraction =
          options.fraction() != null
              ? options.fraction()
              : stored.map(TrainedData.SetAside::fraction).orElse(usual.validationFraction());
      long seed =
          options.seed() != null ? options.seed()
              : stored.map(TrainedData.SetAside::seed).orElse(usual.seed());
      boolean asStored =
          stored.filter(way -> way.fraction() == fraction && way.seed() == seed && way.folds() == 0)
              .isPresent();
      notes.add(
          String.format(
              Locale.ROOT, "%.4g %% of each class set aside by seed %d%s", 100 * fraction, seed,
              asStored ? ", as in training"
                  : stored.isPresent() ? ", which is not how training did it" : ""));
      return found.setAside(fraction, seed);
    }

    /** Of data with neither a test nor a validation part. */
    private Dataset undivided() throws IOException {
      if (options.fraction() != null || options.seed() != null) {
        return setAside().validation();
      }
      Optional<Dataset> asTrained = asTrained();
      if (asTrained.isPresent()) {
        return asTrained.get();
      }
      Dataset all = found.all();
      if (trained == null) {
        notes.add("all " + all.size() + " images; `split` chooses others");
        return all;
      }
      Optional<int[]> unseen = trained.unseen(all);
      if (unseen.isEmpty()) {
        notes.add("all " + all.size() + " images; whether training used some of them cannot be told");
        return all;
      }
      int[] rest = unseen.get();
      int seen = all.size() - rest.length;
      if (rest.length == 0) {
        throw new DatasetException(
            all.description() + ": the model was trained on all of its " + seen
                + " images, so they say nothing about others; set `split` to all to measure them anyway.");
      }
      notes.add(
          seen == 0
              ? "all " + all.size() + " images; the model was trained on none of them"
              : rest.length + " images; " + seen + " more are left out, because the model was trained on them"
                  + " (`split` all measures them too)");
      return seen == 0 ? all : DatasetView.of(all, rest);
    }

    /** The part that training set aside, if these are its data. */
    private Optional<Dataset> asTrained() throws IOException {
      if (trained == null || trained.setAside().isEmpty()) {
        return Optional.empty();
      }
      TrainedData.SetAside way = trained.setAside().get();
      if (way.folds() > 0) {
        return fold(way).map(DataSplits::validation);
      }
      DataSplits splits;
      try {
        splits = found.setAside(way.fraction(), way.seed());
      } catch (DatasetException e) {
        return Optional.empty(); // Data that cannot be divided are not those that were.
      }
      boolean same =
          TrainedData.of(splits, way.fraction(), way.seed()).filter(trained::isOf).isPresent();
      if (!same && (trained.hasFingerprints() || !splits.classNames().equals(classNames))) {
        return Optional.empty();
      }
      notes.add(
          String.format(
              Locale.ROOT, "the validation part of training, %.4g %% of each class by seed %d%s",
              100 * way.fraction(), way.seed(),
              same ? ""
                  : ", if these are its data: the checkpoint is of before that was recorded (`split` all"
                      + " measures all)"));
      return Optional.of(splits.validation());
    }

    /** The fold that training had, if these are its data. */
    private Optional<DataSplits> fold(TrainedData.SetAside way) throws IOException {
      if (way.folds() == 0 || trained == null) {
        return Optional.empty();
      }
      List<DataSplits> folds;
      try {
        folds = found.folds(way.folds(), way.seed()).folds();
      } catch (DatasetException e) {
        return Optional.empty(); // Data that cannot be divided are not those that were.
      }
      for (int i = 0; i < folds.size(); i++) {
        DataSplits fold = folds.get(i);
        if (TrainedData.of(fold, way.fraction(), way.seed()).filter(trained::isOf).isPresent()) {
          notes.add("fold " + (i + 1) + " of " + way.folds() + " by seed " + way.seed() + ", as in training");
          return Optional.of(fold);
        }
      }
      return Optional.empty();
    }

    private void warnOfSeen(Dataset chosen) throws IOException {
      Optional<int[]> unseen = trained == null ? Optional.empty() : trained.unseen(chosen);
      int seen = unseen.isEmpty() ? 0 : chosen.size() - unseen.get().length;
      if (seen > 0) {
        notes.add("the model was trained on " + seen + " of these " + chosen.size() + " images");
      }
    }
  }

  /**
   * Opens data for a model.
   *
   * @param path as {@link org.swinengine.data.Datasets#open} takes it; a test part alone will do
   * @throws DatasetException if there are no such images
   * @throws IllegalArgumentException if their classes are not the model's
   * @throws IOException when they cannot be read
   */
  public static EvaluationData open(Path path, LoadedModel model, Options options) throws IOException {
    return open(path, model, model.trainedData().orElse(null), options).data();
  }

  /**
   * Data that were opened.
   *
   * @param undivided whether they have neither a test nor a validation part
   */
  record Opened(EvaluationData data, boolean undivided) {}

  /** The same whatever the model was trained on; how they are read is as in training nevertheless. */
  static Opened openAny(Path path, LoadedModel model, Options options) throws IOException {
    return open(path, model, null, options);
  }

  private static Opened open(
      Path path, LoadedModel model, @Nullable TrainedData trained, Options options) throws IOException {
    model.model().spec().requireClassification("eval");
    DatasetOptions how =
        reading(options, model.trainedData().map(TrainedData::reading))
            .withSampleRange(model.preprocessing().sampleRange())
            .withExifOrientation(model.preprocessing().exifOrientation());
    LabelledData found = LabelledData.at(path, how);
    Choice choice = new Choice(found, options, model, trained);
    Dataset chosen = choice.choose();
    EvaluationData data =
        new EvaluationData(
            withClassesOf(model.classNames(), model.classNamesSource(), chosen, choice.notes),
            List.copyOf(choice.notes));
    return new Opened(data, found.isUndivided());
  }

  /** How data are read: as is said, or else as training did it. */
  private static DatasetOptions reading(Options options, Optional<TrainedData.Reading> trained) {
    boolean usual = options.columns().equals(ListColumns.USUAL);
    String groups = options.groupPattern();
    ListColumns columns = options.columns();
    if (trained.isPresent()) {
      columns = usual ? trained.get().columns() : columns;
      groups = groups == null ? trained.get().groupPattern() : groups;
    }
    return DatasetOptions.DEFAULT.withColumns(columns).withGroupPattern(groups);
  }

  /**
   * Images that are there already, for a model.
   *
   * @throws IllegalArgumentException if their classes are not the model's
   */
  public static EvaluationData of(Dataset dataset, LoadedModel model) {
    model.model().spec().requireClassification("eval");
    List<String> notes = new ArrayList<>();
    Dataset aligned = withClassesOf(model.classNames(), model.classNamesSource(), dataset, notes);
    return new EvaluationData(aligned, List.copyOf(notes));
  }

  /**
   * A data set with the model's classes: by their names where these are known, else by their number, which
   * must be the same then.
   *
   * @param names of the model's classes
   * @param notes receives what was done
   * @throws IllegalArgumentException if the data have other classes
   */
  static Dataset withClassesOf(
      List<String> names, ClassNames.Source source, Dataset dataset, List<String> notes) {
    List<String> others = dataset.classNames();
    if (names.equals(others)) {
      return dataset;
    }
    Map<String, Integer> labels = new HashMap<>();
    for (int label = 0; label < names.size(); label++) {
      labels.putIfAbsent(names.get(label), label);
    }
    int[] chosen = others.stream().mapToInt(name -> labels.getOrDefault(name, -1)).toArray();
    List<String> unknown = others.stream().filter(name -> !labels.containsKey(name)).toList();
    if (unknown.isEmpty()) {
      notes.add(
          others.size() == names.size()
              ? "the classes are put into the model's order, by their names"
              : others.size() + " of the model's " + names.size() + " classes, by their names");
      return DatasetView.withClasses(dataset, names, chosen);
    }
    boolean own = source == ClassNames.Source.FILE || source == ClassNames.Source.GIVEN;
    if (own || names.size() != others.size()) {
      throw new IllegalArgumentException(
          "the model tells " + names.size() + " classes apart (" + some(names) + "), but "
              + dataset.description()
              + " has " + others.size() + " (" + some(others) + "), of which " + some(unknown)
              + (unknown.size() == 1 ? " is" : " are") + " not among them; give data with its classes, or the"
              + " names of its classes with `classNames`");
    }
    notes.add("the classes are taken in their order, because the model's names are not theirs");
    int[] inOrder = new int[names.size()];
    Arrays.setAll(inOrder, i -> i);
    return DatasetView.withClasses(dataset, others, inOrder);
  }

  private static String some(List<String> names) {
    int shown = Math.min(5, names.size());
    return String.join(", ", names.subList(0, shown)) + (shown < names.size() ? ", …" : "");
  }
}
