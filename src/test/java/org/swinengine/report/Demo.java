package org.swinengine.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.swinengine.data.RawImage;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.explain.HeatMap;
import org.swinengine.metrics.Predictions;
import org.swinengine.train.Tiny;

/** Results of a run that never was, for pages. */
final class Demo {
  /** What a name from outside may try. */
  static final String HOSTILE = "<script>alert('x')</script> & \"<img src=x onerror=alert(1)>\" \u202E\u0007";

  /** A hot place above the middle. */
  static final HeatPictures.Source HEAT = (picture, method, label) -> heat();

  private Demo() {}

  private static HeatMap heat() {
    float[] heat = new float[49];
    for (int i = 0; i < heat.length; i++) {
      heat[i] = (float) Math.exp(-(i % 7 - 4) * (i % 7 - 4) / 4.0 - (i / 7 - 2) * (i / 7 - 2) / 3.0);
    }
    return new HeatMap(7, 7, heat);
  }

  static List<String> names(int classes) {
    List<String> names = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      names.add(c == 1 ? HOSTILE : "class " + c + (c % 7 == 3 ? " with a long name, that goes on" : ""));
    }
    return names;
  }

  /** A model that is right in most cases, too sure, and takes classes for their neighbours. */
  static Evaluation evaluation(int images, int classes) {
    Random random = new Random(classes);
    List<String> names = names(classes);
    float[] logits = new float[images * classes];
    int[] labels = new int[images];
    List<Evaluation.Sample> samples = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      labels[i] = (int) (classes * Math.pow(random.nextDouble(), 1.5));
      for (int c = 0; c < classes; c++) {
        double near = c == labels[i] ? 5 : c == (labels[i] + 1) % classes ? 3.2 : 0;
        logits[i * classes + c] = (float) (2 * near + 2 * random.nextGaussian());
      }
    }
    Predictions predictions = Predictions.ofLogits(logits, labels, classes);
    for (int i = 0; i < images && samples.size() < 12; i++) {
      int sample = i;
      if (predictions.place(i) > 0 == samples.size() < 8) {
        samples.add(
            new Evaluation.Sample(
                i == 0 ? HOSTILE : "folder/image " + i + ".png", labels[i], predictions.predicted(i),
                predictions.confidence(i), () -> picture(sample)));
      }
    }
    int[][] confusion = predictions.confusion();
    return new Evaluation(
        images, 1, 100 * predictions.counts().accuracy(), 100, confusion,
        Evaluation.perClass(confusion, names), samples, predictions);
  }

  private static RawImage picture(int seed) {
    byte[] pixels = new byte[48 * 48 * 3];
    new Random(seed).nextBytes(pixels);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (128 + pixels[i] / 4 + 40 * Math.sin(i / 90.0 + seed));
    }
    return new RawImage(48, 48, 3, pixels);
  }

  /** Pictures of {@link #run} with as many images and classes. */
  static RunPictures pictures(int images, int classes) throws Exception {
    List<HeatPicture> heats =
        HeatPictures.of(
            evaluation(images, classes).samples(), HEAT,
            Preprocessing.of(Tiny.model(), 1), 12, () -> false);
    List<SeenPicture> seen = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      List<SeenPicture.Label> labels = new ArrayList<>();
      labels.add(new SeenPicture.Label(names(classes).get(i % classes), i % 3 == 0 ? 1 : 0.62));
      if (i % 3 != 0) {
        labels.add(new SeenPicture.Label(names(classes).get((i + 1) % classes), 0.38));
      }
      seen.add(new SeenPicture(Thumbnail.small(picture(i)), labels));
    }
    return new RunPictures(seen, heats, List.of("The heat map of " + HOSTILE + " is not shown"));
  }

  /** A range test that falls and rises. */
  static RateCurve rates() {
    List<Double> rates = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i <= 88; i++) {
      double power = -7 + 7.0 * i / 100;
      rates.add(Math.pow(10, power));
      losses.add(2.4 - 1.6 / (1 + Math.exp(-2.5 * (power + 3.2))) + Math.exp(4 * (power + 1)));
    }
    return new RateCurve(rates.get(52), rates, losses);
  }

  static List<EpochMetrics> history(int epochs, double pace) {
    List<EpochMetrics> history = new ArrayList<>();
    for (int e = 1; e <= epochs; e++) {
      double left = Math.exp(-e * pace);
      history.add(
          new EpochMetrics(
              e, 100L * e, 0.2 + 2 * left, 0.5 + 1.8 * left + 0.02 * Math.sin(3 * e),
              Map.of(
                  "val_top1", 90 - 70 * left, "val_top5", 99 - 40 * left, "val_macro_f1", 0.88 - 0.75 * left,
                  "val_balanced_accuracy", 0.87 - 0.7 * left, "val_auc", 0.99 - 0.4 * left),
              1e-3 * (1 + Math.cos(Math.PI * e / epochs)) / 2, 1 + 3 * left + 0.2 * Math.sin(e), 412 + e % 3,
              3.5, 900));
    }
    return history;
  }

  /** Of a run where each pixel has a class. */
  static RunResults ofPixels(String name, int cases, int slices, double pace) {
    List<EpochMetrics> history = new ArrayList<>();
    for (EpochMetrics of : history(30, pace)) {
      double left = Math.exp(-of.epoch() * pace);
      history.add(
          new EpochMetrics(
              of.epoch(), of.step(), of.trainLoss(), of.validationLoss(),
              Map.of("val_dice", 0.9 - 0.7 * left, "val_iou", 0.82 - 0.7 * left), of.learningRate(),
              of.gradientNorm(), of.imagesPerSecond(), of.seconds(), 900));
    }
    return new RunResults(
        name, HOSTILE, "swin_unet, 224×224×3, on cpu", Map.of("seed", "7"), null, history, 28, Double.NaN,
        "dice", null, PixelDemo.summary(cases, slices), List.of("The class " + HOSTILE + " is never found."),
        null, "TRAIN:\n  BASE_LR: " + pace + "\n  SEED: 7\n");
  }

  static RunResults run(String name, int images, int classes, double pace) throws Exception {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "Swin Engine 0.1.0");
    facts.put("seed", "7");
    facts.put("fingerprint of validation data", "0123456789abcdef0123456789abcdef");
    EvaluationSummary evaluation =
        Summarizer.of(evaluation(images, classes), i -> i == 1 ? HOSTILE : "folder/image " + i + ".png", 7);
    return new RunResults(
        name, "Photos of " + classes + " kinds in a folder", "swin_nano, 28×28×3, on cpu", facts, null,
        history(30, pace), 28, 88.5, null, evaluation,
        List.of("The training loss hardly falls. Usual causes: too low a `learningRate`, or " + HOSTILE),
        new SuspectLabels(
            900, 890, 44, "Each image is judged by the others, " + HOSTILE,
            List.of(
                new SuspectLabels.Suspect(HOSTILE, HOSTILE, "kind 2", 0.987,
                    Thumbnail.of(new RawImage(4, 4, 1, new byte[16]))),
                new SuspectLabels.Suspect("b.png", "kind 2", "kind 3", 0.9, null))),
        "TRAIN:\n  BASE_LR: " + pace + "\n  SEED: 7\nRUN:\n  DATA: \"" + HOSTILE + "\"\n");
  }
}
