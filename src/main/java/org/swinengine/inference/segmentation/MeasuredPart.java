package org.swinengine.inference.segmentation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataPart;
import org.swinengine.data.DataSplits;
import org.swinengine.data.DatasetException;
import org.swinengine.data.segmentation.BuiltInNuclei;
import org.swinengine.data.segmentation.SegmentationData;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.data.segmentation.SegmentationOptions;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.OutOfFold;
import org.swinengine.inference.TrainedData;

/**
 * The pictures with masks that a model is measured on, or several are.
 *
 * @param dataset the pictures
 * @param notes lines for a person: which these are and why
 * @param learnt which of several models have learnt from which pictures; null: none has, or there is one
 */
public record MeasuredPart(SegmentationDataset dataset, List<String> notes, @Nullable OutOfFold learnt) {
  /** Of one model. */
  public MeasuredPart(SegmentationDataset dataset, List<String> notes) {
    this(dataset, notes, null);
  }

  /** The nuclei that are held out. */
  public static MeasuredPart builtIn(LoadedModel model) {
    requireClasses(model, BuiltInNuclei.test());
    return new MeasuredPart(BuiltInNuclei.test(), List.of());
  }

  /**
   * Opens data for a model.
   *
   * @param options how they are read; what they say of the division counts where {@code divided}
   * @param split which pictures are meant
   * @param divided whether share or seed of the validation part were given; else the checkpoint says them
   * @throws DatasetException if there are no such pictures
   * @throws IllegalArgumentException if their classes are not the model's
   * @throws IOException when they cannot be read
   */
  public static MeasuredPart open(
      Path path, LoadedModel model, SegmentationOptions options, EvaluationData.Split split, boolean divided)
      throws IOException {
    return open(path, Ensemble.of(List.of(model)), options, split, divided);
  }

  /**
   * The same for several models: of data with neither a test nor a validation part all pictures are measured
   * that not all models have learnt from, each by those that have not.
   */
  public static MeasuredPart open(
      Path path, Ensemble models, SegmentationOptions options, EvaluationData.Split split, boolean divided)
      throws IOException {
    LoadedModel model = models.first();
    Optional<TrainedData.SetAside> way = model.trainedData().flatMap(TrainedData::setAside);
    SegmentationOptions how =
        options.withClassNames(model.classNames())
            .withOverlapping(PixelClasses.of(model).overlapping())
            .withDecoding(model.preprocessing().decoding())
            .withNeighbours(model.preprocessing().neighbourSlices());
    boolean ofFolds = way.isPresent() && way.get().folds() > 0;
    if (!divided && way.isPresent() && !ofFolds) {
      how = how.withDivision(way.get().fraction(), way.get().seed());
    }
    SegmentationData data = SegmentationData.at(path, how);
    List<String> notes = new ArrayList<>(data.notes());
    boolean auto = split == EvaluationData.Split.AUTO;
    boolean undivided =
        !data.parts().contains(DataPart.TEST) && !data.parts().contains(DataPart.VALIDATION);
    // Of the folds' own data any other division holds pictures that a model has learnt from.
    boolean own =
        ofFolds && undivided && (auto || split == EvaluationData.Split.VAL)
            && OutOfFold.of(models.members(), data.all()).isKnown();
    boolean whole = own || data.parts().isEmpty() && auto && !divided;
    boolean alike = !ofFolds && areOfOnePart(models);
    SegmentationDataset chosen =
        whole && (ofFolds || !alike && models.size() > 1)
            ? data.all()
            : choose(data, how, split, divided, model.trainedData().orElse(null), notes);
    requireClasses(model, chosen);
    if (!ofFolds && (alike || models.size() == 1)) {
      return new MeasuredPart(chosen, List.copyOf(notes));
    }
    return outOfFold(models, chosen, whole, notes);
  }

  /** Whether all have learnt from the same pictures: one set them aside for all. */
  private static boolean areOfOnePart(Ensemble models) {
    Optional<String> learnt = models.first().trainedData().flatMap(data -> data.fingerprint("train"));
    return learnt.isPresent()
        && models.members().stream()
            .allMatch(one -> one.trainedData().flatMap(data -> data.fingerprint("train")).equals(learnt));
  }

  private static MeasuredPart outOfFold(
      Ensemble models, SegmentationDataset chosen, boolean unseenAlone, List<String> notes)
      throws IOException {
    OutOfFold learnt = OutOfFold.of(models.members(), chosen);
    int[] unseen = learnt.measurable();
    if (unseenAlone && unseen.length == 0) {
      throw new DatasetException(
          chosen.description() + ": the models were trained on all of its " + chosen.size()
              + " pictures, so they say nothing about others; set `split` to all to measure them anyway.");
    }
    SegmentationDataset measured = chosen;
    if (unseenAlone && unseen.length < chosen.size()) {
      notes.add(
          (chosen.size() - unseen.length) + " pictures are left out, because "
              + (models.size() == 1 ? "the model was" : "all models were")
              + " trained on them (`split` all measures them too)");
      measured = chosen.part(unseen);
      learnt = learnt.part(unseen);
    }
    if (models.size() > 1) {
      notes.addAll(learnt.notes());
    }
    return new MeasuredPart(measured, List.copyOf(notes), learnt);
  }

  private static SegmentationDataset choose(
      SegmentationData data, SegmentationOptions how, EvaluationData.Split split, boolean divided,
      @Nullable TrainedData trained, List<String> notes) throws IOException {
    boolean parts = data.parts().contains(DataPart.TEST) || data.parts().contains(DataPart.VALIDATION);
    String aside =
        String.format(
            Locale.ROOT, "%.4g %% set aside by seed %d", 100 * how.validationFraction(), how.seed());
    switch (split) {
      case ALL:
        return data.all();
      case TEST:
        return data.part(DataPart.TEST);
      case TRAIN:
        return parts ? data.part(DataPart.TRAIN) : (SegmentationDataset) data.splits().train();
      case VAL:
        if (parts) {
          return data.part(DataPart.VALIDATION);
        }
        notes.add(aside);
        return (SegmentationDataset) data.splits().validation();
      default:
        break;
    }
    if (parts) {
      return data.part(data.parts().contains(DataPart.TEST) ? DataPart.TEST : DataPart.VALIDATION);
    }
    if (divided || trained != null && isOf(trained, data, how)) {
      notes.add((divided ? "" : "the validation part of training, ") + aside);
      return (SegmentationDataset) data.splits().validation();
    }
    notes.add("all pictures; `split` chooses others");
    return data.all();
  }

  /** Whether the model was trained on these data, of which it left a part out. */
  private static boolean isOf(TrainedData trained, SegmentationData data, SegmentationOptions how)
      throws IOException {
    if (trained.setAside().isEmpty()) {
      return false;
    }
    DataSplits splits;
    try {
      splits = data.splits();
    } catch (DatasetException e) {
      return false; // Data that cannot be divided are not those that were.
    }
    return TrainedData.of(splits, how.validationFraction(), how.seed()).filter(trained::isOf).isPresent();
  }

  private static void requireClasses(LoadedModel model, SegmentationDataset dataset) {
    List<String> own = model.classNames();
    List<String> others = dataset.classNames();
    if (own.size() != others.size()) {
      throw new IllegalArgumentException(
          "the model tells " + own.size() + " classes apart (" + String.join(", ", own) + "), but "
              + dataset.description() + " has " + others.size() + " (" + String.join(", ", others)
              + "); give data with its classes");
    }
  }
}
