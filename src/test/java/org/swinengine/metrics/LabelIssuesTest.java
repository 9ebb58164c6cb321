package org.swinengine.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LabelIssuesTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void issuesAreThoseOfCleanlab(int which) {
    JsonNode expected = Reference.ALL.get("wrong_labels").get(which);
    Predictions predictions = Reference.predictions(expected);
    assertArrayEquals(
        Reference.doubles(expected.get("self_confidence")), LabelIssues.selfConfidence(predictions), 1e-12);
    assertArrayEquals(
        Reference.doubles(expected.get("normalized_margin")), LabelIssues.normalizedMargin(predictions),
        1e-12);
    LabelIssues found = LabelIssues.find(predictions, null);
    for (int c = 0; c < predictions.classes(); c++) {
      assertArrayEquals(Reference.ints(expected.get("joint").get(c)), found.confidentJoint()[c]);
    }
    int[] samples = found.issues().stream().mapToInt(LabelIssues.Issue::sample).toArray();
    assertArrayEquals(Reference.ints(expected.get("issues")), samples);
    Set<Integer> wrong =
        Arrays.stream(Reference.ints(expected.get("wrong"))).boxed().collect(Collectors.toSet());
    long right = Arrays.stream(samples).filter(wrong::contains).count();
    assertTrue(right > 0.5 * samples.length && right > 0.5 * wrong.size(), right + " of " + wrong.size());
  }

  /**
   * A tenth of 2,000 labels is another one. The model's probabilities are of the true classes, with noise;
   * features lie around a point of their class.
   */
  @Test
  void wrongLabelsAreFoundAndNeighboursMakeItSurer() {
    int classes = 5;
    int samples = 2000;
    int width = 6;
    Random random = new Random(6);
    int[] given = new int[samples];
    boolean[] wrong = new boolean[samples];
    float[] logits = new float[samples * classes];
    float[] features = new float[samples * width];
    for (int i = 0; i < samples; i++) {
      int truth = i % classes;
      wrong[i] = random.nextDouble() < 0.1;
      given[i] = wrong[i] ? (truth + 1 + random.nextInt(classes - 1)) % classes : truth;
      for (int c = 0; c < classes; c++) {
        logits[i * classes + c] = (float) (1.3 * random.nextGaussian() + (c == truth ? 5 : 0));
      }
      for (int k = 0; k < width; k++) {
        features[i * width + k] = (float) (0.6 * random.nextGaussian() + (k == truth ? 2 : 0));
      }
    }
    double[] agreement = NeighbourAgreement.of(features, given, 10);
    LabelIssues found = LabelIssues.find(Predictions.ofLogits(logits, given, classes), agreement);
    List<LabelIssues.Issue> sure = found.issues().stream().filter(LabelIssues.Issue::isConfirmed).toList();
    long all = 0;
    for (boolean one : wrong) {
      all += one ? 1 : 0;
    }
    double recall = hits(found.issues(), wrong) / all;
    double precision = hits(found.issues(), wrong) / found.issues().size();
    assertTrue(recall > 0.9, "recall " + recall);
    assertTrue(precision > 0.8, "precision " + precision);
    double surer = hits(sure, wrong) / sure.size();
    assertTrue(surer > 0.95 && surer > precision, "precision with neighbours " + surer);
    assertTrue(hits(sure, wrong) / all > 0.75, "recall with neighbours " + hits(sure, wrong) / all);
    List<LabelIssues.Issue> first = found.issues().subList(0, 50);
    assertTrue(hits(first, wrong) >= 48, "the first are the surest: " + hits(first, wrong));
  }

  private static double hits(List<LabelIssues.Issue> issues, boolean[] wrong) {
    return issues.stream().filter(issue -> wrong[issue.sample()]).count();
  }

  @Test
  void neighboursOfAWorkedExample() {
    // Two directions; the third sample has the other's label.
    float[] features = {1, 0, 2, 0, 3, 0.1f, 0, 1, 0, 4};
    int[] labels = {0, 0, 1, 1, 1};
    assertArrayEquals(new double[] {1, 1, 0, 1, 1}, NeighbourAgreement.of(features, labels, 1));
    double[] two = NeighbourAgreement.of(features, labels, 2);
    assertEquals(0.5, two[0], "one of its two neighbours agrees");
    assertEquals(1, NeighbourAgreement.of(features, labels, 100)[0] * 4, "one of all four others");
  }

  /** Labels that are all right give little to look at. */
  @Test
  void rightLabelsAreLeftAlone() {
    Predictions predictions = BootstrapTest.random(1000, 4);
    int wrong = 0;
    for (int i = 0; i < predictions.size(); i++) {
      wrong += predictions.place(i) > 0 ? 1 : 0;
    }
    int issues = LabelIssues.find(predictions, null).issues().size();
    assertTrue(issues < wrong, issues + " of " + wrong + " mistakes");
  }

  /** By the probability of the label alone; of equal ones the lower margin, then the lower number. */
  @Test
  void rankedByTheProbabilityOfTheLabel() {
    float[] probabilities = {
      0.25f, 0.75f, 0, 0.125f, 0.5f, 0.375f, 0.125f, 0.875f, 0, 0.75f, 0.25f, 0, 0.125f, 0.875f, 0,
      0, 0, 1};
    Predictions predictions = Predictions.ofProbabilities(probabilities, new int[] {0, 0, 0, 0, 0, 2}, 3);
    LabelIssues ranked = LabelIssues.ranked(predictions, null, 3);
    assertEquals(List.of(2, 4, 1), ranked.issues().stream().map(LabelIssues.Issue::sample).toList());
    assertEquals(1, ranked.issues().get(0).suggested());
    List<Integer> all =
        LabelIssues.ranked(predictions, null, 9).issues().stream().map(LabelIssues.Issue::sample).toList();
    assertEquals(List.of(2, 4, 1, 0), all, "the fourth and the last are predicted as they are labelled");
    int off = 0;
    for (int given = 0; given < 3; given++) {
      off += Arrays.stream(ranked.confidentJoint()[given]).sum() - ranked.confidentJoint()[given][given];
    }
    assertEquals(off, ranked.estimated());
  }
}
