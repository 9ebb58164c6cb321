package org.swinengine.train.pictures;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.swinengine.backend.Backend;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.explain.HeatMaps;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelCost;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.HeatPicture;
import org.swinengine.report.HeatPictures;
import org.swinengine.report.RunPictures;
import org.swinengine.report.SeenPicture;
import org.swinengine.report.SeenPictures;
import org.swinengine.train.TrainConfig;

/**
 * Makes the pictures of a page when a run is over. Nothing of the run depends on them, and what cannot be
 * made is a sentence.
 */
public final class PicturesOfARun {
  private static final int MOST_MISTAKES = 12;

  /** Multiply-adds of all heat maps, so that those of a large model are few. */
  private static final long MOST_OPERATIONS = 120_000_000_000L;

  /** The class of an image that may have several. */
  private static final int NONE = -1;

  /** Two maps of each picture. */
  private static final int PASSES = 2;

  private final List<String> missing = new ArrayList<>();

  private PicturesOfARun() {}

  /**
   * Makes them.
   *
   * @param order of the epochs' samples
   * @param model with the best weights
   * @param samples of their measurement
   * @param cancelled true leaves out what has not been made yet
   */
  public static RunPictures of(
      TrainConfig config, DataSplits data, Preprocessing preprocessing, EpochOrder order, Model model,
      Backend backend, List<Evaluation.Sample> samples, BooleanSupplier cancelled) {
    PicturesOfARun pictures = new PicturesOfARun();
    List<SeenPicture> seen = pictures.seen(config, data, preprocessing, order);
    List<HeatPicture> heats = pictures.heats(model, backend, preprocessing, samples, cancelled);
    return new RunPictures(seen, heats, pictures.missing);
  }

  private List<SeenPicture> seen(
      TrainConfig config, DataSplits data, Preprocessing preprocessing, EpochOrder order) {
    try {
      return SeenPictures.of(
          data.train(), config.augmentation().pipeline(preprocessing, config.colours()), order,
          config.batchSize(), config.seed(),
          config.mixing().of(config.labelSmoothing(), data.classNames().size()));
    } catch (IOException e) {
      missing.add("What the model saw is not shown: " + e.getMessage());
      return List.of();
    }
  }

  private List<HeatPicture> heats(
      Model model, Backend backend, Preprocessing preprocessing, List<Evaluation.Sample> samples,
      BooleanSupplier cancelled) {
    try {
      HeatMaps.requireFor(model);
      return heatsOf(model, backend, preprocessing, samples, cancelled);
    } catch (IOException | ModelConfigException e) {
      missing.add("Heat maps are not shown: " + e.getMessage());
      return List.of();
    }
  }

  /**
   * Heat maps of a measurement's worst mistakes, of fewer the larger the model is.
   *
   * @throws ModelConfigException if there are none of such a model
   * @throws IOException if a picture cannot be read
   */
  public static List<HeatPicture> heatsOf(
      Model model, Backend backend, Preprocessing preprocessing, List<Evaluation.Sample> samples,
      BooleanSupplier cancelled) throws IOException {
    ImagePipeline pipeline = preprocessing.pipeline();
    return HeatPictures.of(
        samples,
        (picture, method, number) -> {
          float[] input = new float[pipeline.floatsPerImage()];
          pipeline.run(picture, 0, 0, 0, input, 0);
          return HeatMaps.of(model, backend, input, method, number);
        },
        preprocessing, most(model), cancelled);
  }

  /**
   * The samples and mistakes that a summary has kept, with their pictures.
   *
   * @param data that were measured
   * @param missing receives a sentence on each picture that is not there any more
   */
  public static List<Evaluation.Sample> samples(
      EvaluationSummary measured, Dataset data, List<String> missing) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < data.size(); i++) {
      places.put(data.name(i), i);
    }
    List<Evaluation.Sample> kept = new ArrayList<>();
    for (EvaluationSummary.Sample one : measured.samples()) {
      kept.add(sample(one.name(), one.actual(), one.predicted(), one.probability(), places, data));
    }
    if (measured.mistakes() != null) {
      for (EvaluationSummary.Mistake one : measured.mistakes()) {
        kept.add(sample(one.name(), NONE, one.label(), one.probability(), places, data));
      }
    }
    List<Evaluation.Sample> found = new ArrayList<>();
    for (Evaluation.Sample one : kept) {
      if (places.containsKey(one.name())) {
        found.add(one);
      } else if (!one.isRight()) {
        missing.add("The heat map of " + one.name() + " is not shown: the picture is not there any more.");
      }
    }
    return found;
  }

  private static Evaluation.Sample sample(
      String name, int actual, int predicted, double probability, Map<String, Integer> places, Dataset data) {
    return new Evaluation.Sample(
        name, actual, predicted, probability,
        () -> data.load(Objects.requireNonNull(places.get(name), name)));
  }

  private static int most(Model model) {
    long operations = Math.max(1, ModelCost.of(model.spec()).operations());
    return (int) Math.max(1, Math.min(MOST_MISTAKES, MOST_OPERATIONS / PASSES / operations));
  }
}
