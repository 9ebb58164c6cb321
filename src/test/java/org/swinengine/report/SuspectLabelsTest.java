package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.Dataset;
import org.swinengine.data.Folds;
import org.swinengine.data.RawImage;
import org.swinengine.data.list.ListColumns;
import org.swinengine.data.list.Relabelled;
import org.swinengine.metrics.Predictions;

final class SuspectLabelsTest {
  @TempDir
  Path folder;

  /** Pictures of one pixel; two of each patient. */
  private record Patients(int[] labels, boolean grouped) implements Dataset {
    @Override
    public List<String> classNames() {
      return List.of("cat", "dog, <big>", "none");
    }

    @Override
    public int size() {
      return labels.length;
    }

    @Override
    public int label(int index) {
      return labels[index];
    }

    @Override
    public Optional<String> group(int index) {
      return grouped ? Optional.of("patient " + index / 2) : Optional.empty();
    }

    @Override
    public RawImage load(int index) {
      return new RawImage(1, 1, 1, new byte[] {(byte) index});
    }

    @Override
    public String name(int index) {
      return "images/" + index + ".png";
    }

    @Override
    public String description() {
      return "patients";
    }
  }

  /** Every second pair is of the other class. */
  private static Patients patients(boolean grouped) {
    int[] labels = new int[80];
    Arrays.setAll(labels, i -> i / 2 % 2);
    return new Patients(labels, grouped);
  }

  private static float[] features(Patients patients) {
    Random random = new Random(2);
    float[] features = new float[patients.size() * 4];
    for (int i = 0; i < features.length; i++) {
      boolean high = i % 4 == patients.label(i / 4);
      features[i] = (float) (0.3 * random.nextGaussian() + (high ? 2 : 0));
    }
    return features;
  }

  @Test
  void aPatientWhoseLabelsAreBothWrongIsFound() throws IOException {
    Patients patients = patients(true);
    float[] features = features(patients);
    int[] folds = Folds.numbers(patients, 5, 3);
    for (int i = 0; i < patients.size(); i += 2) {
      assertEquals(folds[i], folds[i + 1], "a group is in one fold");
    }
    // If one picture of a patient could speak for the other, these two would.
    patients.labels()[20] = 1;
    patients.labels()[21] = 1;
    SuspectLabels found = SuspectLabels.ofFrozen(patients, features, 3, 2);
    assertEquals(
        List.of("images/20.png", "images/21.png"),
        found.suspects().stream().map(SuspectLabels.Suspect::name).sorted().toList());
    assertEquals(80, found.judged());
    assertTrue(found.method().contains("has learnt none of these labels"), found.method());
    found.suspects().forEach(suspect -> {
      assertEquals("dog, <big>", suspect.given());
      assertEquals("cat", suspect.suggested());
      assertTrue(suspect.score() > 0.8 && suspect.picture() != null, suspect.toString());
    });
  }

  @Test
  void theTableIsReviewedAndGoesBackIntoTheList() throws IOException {
    Patients patients = patients(false);
    float[] features = features(patients);
    patients.labels()[20] = 1;
    patients.labels()[63] = 0;
    patients.labels()[9] = 1;
    SuspectLabels found = SuspectLabels.ofTrained(patients, features, features, 3, 3);
    assertTrue(found.method().contains("a mistake that the model has learnt by heart"), found.method());
    List<String> lines = found.csv().lines().toList();
    assertEquals(4, lines.size());
    assertEquals("path,label,suggested,score,new_label", lines.get(0));
    String of20 = lines.stream().filter(line -> line.startsWith("images/20.png,")).findFirst().orElseThrow();
    assertTrue(of20.matches("images/20\\.png,\"dog, <big>\",cat,0\\.[89]\\d\\d\\d,"), of20);
    Path list = folder.resolve("list.csv");
    StringBuilder text = new StringBuilder("file_name,label\n");
    for (int i = 0; i < patients.size(); i++) {
      text.append(patients.name(i)).append(patients.label(i) == 0 ? ",cat\n" : ",\"dog, <big>\"\n");
    }
    Files.writeString(list, text);
    // As it came out it changes nothing.
    Path reviewed = Files.writeString(folder.resolve("suspects.csv"), found.csv());
    Relabelled same = Relabelled.of(list, reviewed, ListColumns.USUAL);
    assertEquals(text.toString(), same.text());
    assertEquals(3, same.confirmed());
    Files.writeString(
        reviewed,
        found.csv().replace(of20, of20 + "cat").replaceFirst("(?m)^(images/63.*,)$", "$1drop"));
    Relabelled done = Relabelled.of(list, reviewed, ListColumns.USUAL);
    assertEquals(List.of(1, 1, 1), List.of(done.changed(), done.dropped(), done.confirmed()));
    assertTrue(done.text().contains("images/20.png,cat\n"), done.text());
    assertFalse(done.text().contains("images/63.png"), done.text());
  }

  @Test
  void nothingStandsOut() throws IOException {
    Patients patients = patients(false);
    SuspectLabels found = SuspectLabels.ofFrozen(patients, features(patients), 3, 10);
    assertEquals(List.of(), found.suspects());
    assertEquals(0, found.estimated());
    assertEquals("path,label,suggested,score,new_label\n", found.csv());
    Html html = new Html();
    SuspectsSection.to(html, found);
    assertTrue(html.toString().contains("No label stands out."), html.toString());
  }

  @Test
  void aClassOfOnePictureIsNotJudgedAndThePageSaysSo() throws IOException {
    Patients patients = patients(false);
    patients.labels()[7] = 2;
    SuspectLabels found = SuspectLabels.ofFrozen(patients, features(patients), 3, 10);
    assertEquals(79, found.judged());
    assertEquals(List.of(), found.suspects());
    Html html = new Html();
    SuspectsSection.to(html, found);
    assertTrue(html.toString().contains("1 of 80 images could not be judged"), html.toString());
  }

  @Test
  void predictionsAreReadAsTheyWereWritten() throws IOException {
    Predictions said =
        Predictions.ofProbabilities(
            new float[] {0.25f, 0.75f, 0.9375f, 0.0625f, 0.125f, 0.875f}, new int[] {0, 0, 0}, 2);
    for (String name : List.of("said.csv", "said.jsonl")) {
      Path file = folder.resolve(name);
      PredictionsFile.write(file, said, i -> "a," + i, List.of("x (1)", "y"));
      StoredPredictions read = StoredPredictions.read(file);
      assertEquals(List.of("a,0", "a,1", "a,2"), read.names());
      assertEquals(List.of("x (1)", "y"), read.classes());
      SuspectLabels found =
          SuspectLabels.ofPredictions(read.predictions(), read.names()::get, read.classes(), 10);
      assertEquals(
          "path,label,suggested,score,new_label\n\"a,2\",x (1),y,0.8750,\n\"a,0\",x (1),y,0.7500,\n",
          found.csv());
    }
  }

  @Test
  void whatIsNoFileOfPredictionsIsRefused() throws IOException {
    assertRefused("path,label\na,b\n", "has no probabilities of classes");
    assertRefused("image,truth,p(a),p(b)\ni,c,1,0\n", "image 1: its class c is none of those");
    assertRefused("image,truth,p(a),p(b)\ni,a,1,0\ni,a,1,NaN\n", "image 2: the probability of b is NaN");
    assertRefused("image,truth,p(a),p(b)\ni,a,1,1\n", "add up to 2.0");
    assertRefused("image,truth,p(a),p(b)\ni,a,1\n", "it has 3 values, but the first line has 4");
    assertRefused("", "has no probabilities of classes");
  }

  private void assertRefused(String text, String reason) throws IOException {
    Path file = Files.writeString(folder.resolve("wrong.csv"), text);
    IOException wrong = assertThrows(IOException.class, () -> StoredPredictions.read(file));
    assertTrue(wrong.getMessage().contains(reason), wrong.getMessage());
  }
}
