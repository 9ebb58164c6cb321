package org.swinengine.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.NodeList;

/** What the page of results says about raw results. */
final class TablesTest {
  @TempDir
  Path folder;

  private static Measurement rate(String machine, String registers, String peer, int round, double rate) {
    ObjectNode result =
        Results.JSON.createObjectNode().put("images_per_second", rate).put(Contest.GIVEN_SECONDS, 9);
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
  void memoryNamesCheckpointingAndAddsTheLauncher() {
    Results results =
        Results.of(
            memory("ours-17", 1850, 50), memory("ours-17-checkpoint", 950, 50), memory("eager", 2000, 2000));
    String text = section(results, "memory");
    assertTrue(text.contains("| ours, JDK 17 | 1850 | 50.0 | 1900 | 0.95 | 5.00 |"), text);
    assertTrue(text.contains("| ours, JDK 17, `--use-checkpoint` | 950 | 50.0 | 1000 | 0.50 | 5.00 |"), text);
    assertTrue(text.contains("| PyTorch | 2000 | – | 2000 | 1.00 | 5.00 |"), text);
  }

  private static Measurement memory(String peer, int engine, int started) {
    ObjectNode result =
        Results.JSON.createObjectNode().put("peak_rss_mb", engine).put("images_per_second", 5);
    result.put("started_rss_mb", started).put("tree_rss_mb", engine == started ? engine : engine + started);
    return new Measurement("m", "memory", "swin-train-8", "native", peer, 1, result);
  }

  @Test
  void secondsAreComparedTheOtherWayRoundThanRates() {
    Results results =
        Results.of(
            wall("predict", "predict", "ours-17", 1), wall("predict", "predict", "eager", 4),
            wall("predict", "inspect", "ours-17", 0.5), wall("train", "7", "ours-17", 100),
            wall("train", "7", "eager", 150));
    String predict = section(results, "predict");
    assertTrue(predict.contains("| `predict`, one photo, Swin-T | 1.00 | 4.00 | 0.25 |"), predict);
    assertTrue(predict.contains("| `inspect`, its .pth | 0.50 | – | – |"), predict);
    String train = section(results, "train");
    assertTrue(train.contains("| ours, JDK 17 | 7 | 100.00 | 1.50 | – |"), train);
  }

  private static Measurement wall(String what, String item, String peer, double seconds) {
    ObjectNode result = Results.JSON.createObjectNode().put("wall_seconds", seconds);
    return new Measurement("m", what, item, "native", peer, 1, result);
  }

  @Test
  void thePlotIsXmlWithAPointForEachMedian() throws Exception {
    Results results =
        Results.of(
            pass("batch-4", 400), pass("batch-8", 810), pass("windows-64", 100), pass("windows-256", 410));
    String plot = Scaling.plot(results);
    NodeList points =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(plot.getBytes(StandardCharsets.UTF_8)))
            .getElementsByTagName("circle");
    assertEquals(4 + 1, points.getLength(), "four points and one in the legend");
    String table = section(results, "scaling");
    assertTrue(table.contains("| batch 8 | 810 | 101 | 1.01 |"), table);
    assertTrue(table.contains("| 448×448: 256 windows | 410 | 103 | 1.03 |"), table);
  }

  private static Measurement pass(String item, double milliseconds) {
    ObjectNode result = Results.JSON.createObjectNode().put("step_ms", milliseconds);
    return new Measurement("a < b", "scaling", item, "native", "ours-17", 1, result);
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

  /** Curves alone say nothing of where the other tables were measured. */
  @Test
  void machinesOfTablesThatStayAreKept() {
    String page =
        "<!-- compare:machines -->\n- a. JDK 17 and 25, timm 1.\n- b. JDK 17.\n<!-- compare:end -->\n"
            + "<!-- compare:rows -->\n<!-- compare:end -->\n<!-- compare:curves -->\n<!-- compare:end -->\n";
    Section machines = new Section("machines", "- a. JDK 25 and 26, PyTorch 2.\n- c. JDK 17.\n");
    Section curves = new Section("curves", "new");
    String some = Page.replaced(page, List.of(machines, curves), "page");
    assertTrue(
        some.contains("-->\n- a. JDK 17 and 25 and 26, timm 1, PyTorch 2.\n- b. JDK 17.\n- c. JDK 17.\n<!--"),
        some);
    String all = Page.replaced(page, List.of(machines, curves, new Section("rows", "new")), "page");
    assertTrue(all.contains("-->\n" + machines.text() + "<!-- compare:end"), all);
    String strange = page.replace("- b. JDK 17.", "- b, by hand");
    assertTrue(Page.replaced(strange, List.of(machines), "page").contains("- b, by hand\n- a. JDK"));
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
