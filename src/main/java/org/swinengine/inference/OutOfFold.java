package org.swinengine.inference;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.DatasetException;
import org.swinengine.data.Fingerprint;
import org.swinengine.data.FoldedData;

/**
 * Which models of an ensemble have learnt from which images, so that an image is measured by the others: the
 * folds of a cross-validation have each learnt from all images but their own. Where the data are those that
 * the folds were made of, they are divided again and compared by their fingerprints; else images are known by
 * their contents.
 */
public final class OutOfFold {
  /** By model and image. */
  private final boolean[][] learnt;

  private final int[] learners;
  private final boolean known;

  private OutOfFold(boolean[][] learnt, boolean known) {
    this.learnt = learnt;
    this.known = known;
    learners = new int[learnt[0].length];
    for (boolean[] member : learnt) {
      for (int i = 0; i < member.length; i++) {
        learners[i] += member[i] ? 1 : 0;
      }
    }
  }

  /**
   * Finds out.
   *
   * @param members at least one
   * @param dataset with their classes
   * @throws IOException when the data cannot be read
   */
  public static OutOfFold of(List<LoadedModel> members, Dataset dataset) throws IOException {
    boolean[][] learnt = new boolean[members.size()][dataset.size()];
    boolean known = true;
    Map<String, List<Fold>> folds = new HashMap<>();
    for (int m = 0; m < learnt.length; m++) {
      Optional<TrainedData> data = members.get(m).trainedData();
      int[] unseen = data.isEmpty() ? null : unseen(data.get(), dataset, folds);
      if (unseen == null) {
        known = false;
        continue;
      }
      Arrays.fill(learnt[m], true);
      for (int sample : unseen) {
        learnt[m][sample] = false;
      }
    }
    return new OutOfFold(known ? learnt : new boolean[learnt.length][dataset.size()], known);
  }

  /** A fold of the data: the fingerprint of what is learnt from, and what is not. */
  private record Fold(String training, int[] others) {}

  private static int @Nullable [] unseen(
      TrainedData trained, Dataset dataset, Map<String, List<Fold>> folds) throws IOException {
    Optional<TrainedData.SetAside> way = trained.setAside().filter(set -> set.folds() > 0);
    if (way.isPresent() && trained.hasFingerprints()) {
      String key = way.get().folds() + " " + way.get().seed();
      if (!folds.containsKey(key)) {
        folds.put(key, divided(dataset, way.get()));
      }
      String training = trained.fingerprint("train").orElse("");
      for (Fold fold : folds.get(key)) {
        if (fold.training().equals(training)) {
          return fold.others();
        }
      }
    }
    return trained.unseen(dataset).orElse(null);
  }

  /** None where the data cannot be divided so, or have no fingerprints. */
  private static List<Fold> divided(Dataset dataset, TrainedData.SetAside way) throws IOException {
    FoldedData folded;
    try {
      folded = FoldedData.of(dataset, way.folds(), way.seed());
    } catch (DatasetException e) {
      return List.of();
    }
    List<Fold> folds = new ArrayList<>();
    for (int f = 0; f < folded.count(); f++) {
      DataSplits fold = folded.folds().get(f);
      Optional<Fingerprint> print = fold.train().fingerprint();
      if (print.isPresent()) {
        folds.add(new Fold(print.get().digest(), folded.members().get(f)));
      }
    }
    return folds;
  }

  /** Whether it can be told of all models; where it cannot, none counts as having learnt from any image. */
  public boolean isKnown() {
    return known;
  }

  /** Whether a model is asked about an image: it has not learnt from it, or all others have too. */
  public boolean isAsked(int member, int sample) {
    return !learnt[member][sample] || learners[sample] == learnt.length;
  }

  /** Whether a model has learnt from one of the images. */
  public boolean hasLearners() {
    return Arrays.stream(learners).anyMatch(count -> count > 0);
  }

  /** The images that at least one model has not learnt from, ascending. */
  public int[] measurable() {
    return IntStream.range(0, learners.length).filter(i -> learners[i] < learnt.length).toArray();
  }

  /**
   * The same of some images.
   *
   * @param samples their numbers
   */
  public OutOfFold part(int[] samples) {
    boolean[][] some = new boolean[learnt.length][samples.length];
    for (int m = 0; m < some.length; m++) {
      for (int i = 0; i < samples.length; i++) {
        some[m][i] = learnt[m][samples[i]];
      }
    }
    return new OutOfFold(some, known);
  }

  /** What a user should know of it, a line each. */
  public List<String> notes() {
    int models = learnt.length;
    if (!known) {
      return List.of("whether the " + models + " models were trained on some of these images cannot be told");
    }
    int out = (int) Arrays.stream(learners).filter(count -> count > 0 && count < models).count();
    int all = (int) Arrays.stream(learners).filter(count -> count == models).count();
    List<String> notes = new ArrayList<>();
    if (out > 0) {
      notes.add(
          out + " of these " + learners.length + " images were learnt from by some of the " + models
              + " models; each is measured by the others alone (out of fold)");
    } else if (all == 0) {
      notes.add("the mean of " + models + " models, none of which was trained on these images");
    }
    if (all > 0) {
      notes.add(
          "all " + models + " models were trained on " + all + " of these " + learners.length
              + " images, so these say nothing about others");
    }
    return notes;
  }
}
