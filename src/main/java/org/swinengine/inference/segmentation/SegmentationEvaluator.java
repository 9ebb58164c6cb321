package org.swinengine.inference.segmentation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.segmentation.ImageAndMask;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.GraphedForward;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.OutOfFold;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.metrics.segmentation.LabelKind;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;

/** Measures models on pictures with masks. */
public final class SegmentationEvaluator {
  private static final String CANCELLED = "the evaluation was cancelled";

  private SegmentationEvaluator() {}

  /**
   * Measures at the model's own resolution, overlap alone: what an epoch is judged by.
   *
   * @param input batches of the data with masks
   * @throws CancellationException where the options say so
   * @throws IOException when the data cannot be read
   */
  public static SegmentationEvaluation evaluate(
      Model model, SegmentationDataset dataset, ModelInput input, Evaluator.Options options)
      throws IOException {
    requireFitting(model.spec(), dataset);
    int height = model.spec().imageHeight();
    int width = model.spec().imageWidth();
    int plane = height * width;
    int classes = model.spec().classes();
    LabelKind kind = LabelKind.of(dataset.isOverlapping());
    SegmentationTally tally = new SegmentationTally(dataset, null);
    double[] lossSum = {0};
    long[] pixels = {0};
    Backend backend = model.parameters().get(0).value().backend();
    LoaderOptions loading =
        LoaderOptions.evaluation(options.batchSize(), options.workers()).withPixels(backend.prefersPixels());
    try (BatchLoader loader = input.loader(loading);
        GraphedForward forward = new GraphedForward(model, backend)) {
      loader.startEpoch(0, 0);
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        if (options.cancelled().getAsBoolean()) {
          throw new CancellationException(CANCELLED);
        }
        int[] answers = batch.labels();
        int n = batch.size();
        float[] logits = input.evaluate(forward, batch, result -> {
          PixelTruth labels =
              PixelTruth.of(forward.backend(), kind, answers, n, classes, height, width);
          if (labels.count() > 0) {
            lossSum[0] += labels.crossEntropy(result, null, 0, 0).value().item() * labels.count();
            pixels[0] += labels.count();
          }
          return result.value().toFloats();
        });
        for (int i = 0; i < n; i++) {
          byte[] prediction = LabelMaps.of(kind, logits, i * classes * plane, classes, plane);
          byte[] truth = new byte[prediction.length];
          LabelMaps.pack(kind, batch.labels(), i * plane, plane, truth);
          tally.add((int) batch.sampleIndices()[i], height, width, prediction, truth);
        }
        batch.release();
      }
    }
    return tally.result(lossSum[0] / pixels[0]);
  }

  /**
   * Measures at the pictures' own resolution, surfaces too.
   *
   * @param segmenter the model, and how it sees pictures
   * @throws CancellationException where the options say so
   * @throws IOException when the data cannot be read
   */
  public static SegmentationEvaluation evaluate(
      Segmenter segmenter, SegmentationDataset dataset, Evaluator.Options options) throws IOException {
    return evaluate(segmenter, dataset, null, Measuring.USUAL, options);
  }

  /**
   * The same in a way that is said.
   *
   * @param learnt which of several models have learnt from which pictures, that each is seen by the others
   *     alone; null: none has
   */
  public static SegmentationEvaluation evaluate(
      Segmenter segmenter, SegmentationDataset dataset, @Nullable OutOfFold learnt, Measuring how,
      Evaluator.Options options) throws IOException {
    SegmentationTally tally = new SegmentationTally(dataset, how);
    forEach(segmenter, dataset, learnt, options, tally::add);
    return tally.result(Double.NaN);
  }

  /**
   * Chooses how predictions are cleaned up, by the mean Dice of these pictures.
   *
   * @param dataset that the model has not learnt from
   * @throws CancellationException where the options say so
   * @throws IOException when the data cannot be read
   */
  public static CleanUp chooseCleanUp(
      Segmenter segmenter, SegmentationDataset dataset, @Nullable OutOfFold learnt, EmptyMasks empty,
      Evaluator.Options options) throws IOException {
    CleanUpChoice choice = choice(dataset, empty);
    addTo(choice, segmenter, dataset, learnt, options);
    return choice.best();
  }

  /**
   * The same for the predictions of folds, each of its own pictures.
   *
   * @param folds their models, one each
   * @param parts the pictures that each has not learnt from
   */
  public static CleanUp chooseCleanUp(
      List<Segmenter> folds, List<SegmentationDataset> parts, EmptyMasks empty, Evaluator.Options options)
      throws IOException {
    CleanUpChoice choice = choice(parts.get(0), empty);
    for (int f = 0; f < folds.size(); f++) {
      addTo(choice, folds.get(f), parts.get(f), null, options);
    }
    return choice.best();
  }

  private static CleanUpChoice choice(SegmentationDataset dataset, EmptyMasks empty) {
    return new CleanUpChoice(
        LabelKind.of(dataset.isOverlapping()), dataset.classes().size(), empty);
  }

  private static void addTo(
      CleanUpChoice choice, Segmenter segmenter, SegmentationDataset dataset, @Nullable OutOfFold learnt,
      Evaluator.Options options) throws IOException {
    LabelKind kind = LabelKind.of(dataset.isOverlapping());
    List<SegmentationEvaluation.Kept> slices = new ArrayList<>();
    forEach(segmenter, dataset, learnt, options, (sample, height, width, prediction, truth) -> {
      slices.add(new SegmentationEvaluation.Kept(sample, 0, height, width, prediction, truth));
      Optional<String> volume = dataset.volume(sample);
      boolean last = sample == dataset.size() - 1 || volume.isEmpty()
          || !volume.equals(dataset.volume(sample + 1));
      if (last) {
        CaseSlices all = new CaseSlices(List.copyOf(slices), volume.isPresent(), kind);
        choice.add(all.labels(false), all.labels(true), all.grid());
        slices.clear();
      }
    });
  }

  /** Takes a picture with its prediction. */
  private interface Taker {
    void take(int sample, int height, int width, byte[] prediction, byte[] truth) throws IOException;
  }

  private static void forEach(
      Segmenter segmenter, SegmentationDataset dataset, @Nullable OutOfFold learnt, Evaluator.Options options,
      Taker taker) throws IOException {
    requireFitting(segmenter.model().model().spec(), dataset);
    if (segmenter.classes().overlapping() != dataset.isOverlapping()) {
      throw new IllegalArgumentException(
          "the model " + segmenter.model().model().spec().name() + " gives pixels "
              + (dataset.isOverlapping() ? "one class" : "any number of classes") + ", but "
              + dataset.description() + " has " + (dataset.isOverlapping() ? "overlapping masks"
                  : "one class a pixel")
              + "; give the data that it was trained for");
    }
    for (int i = 0; i < dataset.size(); i++) {
      if (options.cancelled().getAsBoolean()) {
        throw new CancellationException(CANCELLED);
      }
      int sample = i;
      ImageAndMask pair = dataset.pair(i);
      byte[] prediction =
          segmenter.segment(pair.image(), member -> learnt == null || learnt.isAsked(member, sample));
      taker.take(i, pair.mask().height(), pair.mask().width(), prediction, pair.mask().pixels());
    }
  }

  private static void requireFitting(ModelSpec spec, SegmentationDataset dataset) {
    if (spec.task() != ModelSpec.Task.SEGMENTATION) {
      throw new IllegalArgumentException(
          "pictures with masks are for models that segment, but " + spec.name()
              + " classifies whole images; give one such as a Swin-Unet");
    }
    if (spec.classes() != dataset.classNames().size()) {
      throw new IllegalArgumentException(
          "the model " + spec.name() + " tells " + spec.classes() + " classes apart, but "
              + dataset.description() + " has " + dataset.classNames().size()
              + "; give the data that it was trained for");
    }
  }
}
