package org.swinengine.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page of results says about raw results. */
final class TablesTest {
  @TempDir Path folder;

  private static Measurement rate(String machine, String registers, String peer, int round, double rate) {
    ObjectNode result = Results.JSON.createObjectNode().put("images_per_second", rate).put("seconds", 9);
    result.put("gflops", 10 * rate).put("sgemm_gflops", 200).put("tree_rss_mb", 1234);
    return new Measurement(machine, "rows", "swin-8", registers, peer, round, result);
  }

  private static String section(Results results, String name) {
    return Tables.of(results).stream()
        .filter(section -> section.name().equals(name))
        .map(Section::text)
        .findFirst()
        .orElse("");
  }

  @Test
  void aRatioIsTheMedianOfTheRoundsRatiosNotTheRatioOfMedians() {
    Results results =
        Results.of(
            rate("m", "native", "ours-17", 1, 10), rate("m", "native", "eager", 1, 5),
            rate("m", "native", "ours-17", 2, 12), rate("m", "native", "eager", 2, 3),
            rate("m", "native", "ours-17", 3, 9), rate("m", "native", "eager", 3, 6));
    String text = section(results, "float32");
    assertTrue(text.contains("| images/s | ours, JDK 17 | PyTorch | × PyTorch |"), text);
    assertTrue(text.contains("| Swin-T inference, batch 8 | 10.0 | 5.00 | 2.00 (1.50–4.00) |"), text);
    assertTrue(text.contains("m (3 rounds, 9 s a process):"), text);
    assertTrue(text.contains("| Swin-T inference, batch 8 | 100 | 50 % | 1234 | 1234 |"), text);
  }

  @Test
  void aRoundThatOnlyOneSideHasIsInNoRatio() {
    Results results =
        Results.of(
            rate("m", "native", "ours-17", 1, 10), rate("m", "native", "eager", 2, 5),
            rate("m", "native", "ours-17", 3, 9), rate("m", "native", "eager", 3, 6));
    assertEquals(new Summary(1.5, 1.5, 1.5, 1), results.ratio("images_per_second", "ours-17", "eager"));
    assertNull(results.ratio("images_per_second", "ours-17", "onnx"));
  }

  @Test
  void machinesAndRegisterFilesHaveTablesOfTheirOwn() {
    Results results =
        Results.of(
            rate("a", "native", "ours-17", 1, 10), rate("a", "16", "ours-17", 1, 8),
            rate("b", "native", "ours-17", 1, 20));
    String text = section(results, "float32");
    assertTrue(text.contains("\na (1 round"), text);
    assertTrue(text.contains("\na, held to AVX2 (1 round"), text);
    assertTrue(text.contains("\nb (1 round"), text);
    assertFalse(text.contains("PyTorch |\n|---|---|---|---|\n| Swin-T inference, batch 8 | 10.0 | –"), text);
  }

  @Test
  void startsNameTheSlowestAndCountWarnings() {
    ObjectNode slow = Results.JSON.createObjectNode().put("images_per_second", 8).put("warning", "a tile");
    Results results =
        Results.of(
            start(1, Results.JSON.createObjectNode().put("images_per_second", 10)), start(2, slow),
            start(3, Results.JSON.createObjectNode().put("images_per_second", 11)));
    assertTrue(
        section(results, "starts").contains("| ours, JDK 17 | 3 | 10.0 | 8.00 | 0.80 | 11.0 | 1 |"),
        section(results, "starts"));
  }

  private static Measurement start(int round, ObjectNode result) {
    return new Measurement("m", "starts", "swin-8", "native", "ours-17", round, result);
  }

  @Test
  void medianOfAnEvenNumberIsTheMiddleOfTheTwo() {
    assertEquals(new Summary(2.5, 1, 4, 4), Summary.of(4, 1, 3, 2));
    assertEquals("2.50 (1.00–4.00)", Summary.of(4, 1, 3, 2).withSpread());
    assertEquals("7.00", Summary.of(7).withSpread());
    assertThrows(IllegalArgumentException.class, () -> Summary.of(List.of()));
  }

  @Test
  void aPageKeepsWhatIsOutsideItsMarkers() {
    String page =
        "before\n<!-- compare:a -->\nold\n<!-- compare:end -->\nafter\n<!-- compare:b -->\n"
            + "<!-- compare:end -->\n";
    String once = Page.replaced(page, new Section("a", "\nnew\n"), "page");
    assertEquals(page.replace("old", "new"), once);
    assertEquals(once, Page.replaced(once, new Section("a", "new"), "page"));
    CompareException missing =
        assertThrows(CompareException.class, () -> Page.replaced(page, new Section("c", "x"), "page"));
    assertTrue(missing.getMessage().contains("<!-- compare:c -->"), missing.getMessage());
  }

  @Test
  void aFileOfResultsIsGoneOnWith() throws IOException {
    Path file = folder.resolve("results.jsonl");
    Measurement first = rate("m", "native", "ours-17", 1, 10);
    Results.goingOn(file).add(first);
    Results again = Results.goingOn(file);
    assertTrue(again.has(first.key()));
    assertFalse(again.has(rate("m", "native", "ours-17", 2, 10).key()));
    again.add(rate("m", "native", "ours-17", 2, 12));
    assertEquals(11, Results.of(List.of(file)).summary("images_per_second").median());
    Files.writeString(file, Files.readString(file) + "{\"machine\":\"m\",");
    CompareException broken = assertThrows(CompareException.class, () -> Results.goingOn(file));
    assertTrue(broken.getMessage().startsWith("Line 3 of "), broken.getMessage());
  }

  @Test
  void everyContestantGoesFirstInTurn() {
    Contest contest =
        new Contest(
            "rows", "swin-8", "native", 3,
            List.of(new Job("a", null), new Job("b", null), new Job("c", null)));
    assertEquals(List.of("a", "b", "c"), contest.inRound(1).stream().map(Job::peer).toList());
    assertEquals(List.of("b", "c", "a"), contest.inRound(2).stream().map(Job::peer).toList());
    assertEquals(List.of("c", "a", "b"), contest.inRound(3).stream().map(Job::peer).toList());
    assertEquals(List.of("a", "b", "c"), contest.inRound(4).stream().map(Job::peer).toList());
  }

  @Test
  void thePlotsLineIsTheLeastSquaresOneThroughTheOrigin() {
    assertEquals(3, Scaling.slope(Map.of(1, 3.0, 2, 6.0, 5, 15.0)), 1e-12);
    assertEquals(2.2, Scaling.slope(Map.of(1, 3.0, 2, 4.0)), 1e-12);
    assertEquals(List.of(64, 128, 192, 256), Scaling.IMAGES.stream().map(Scaling.Image::windows).toList());
  }
}
