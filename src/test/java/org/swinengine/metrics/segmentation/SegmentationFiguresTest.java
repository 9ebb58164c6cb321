package org.swinengine.metrics.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Figures beside scipy, scikit-image and medpy's definitions; {@code figures.py} wrote the table. */
class SegmentationFiguresTest {
  private static final JsonNode TABLE = table();

  private static JsonNode table() {
    try (InputStream in = SegmentationFiguresTest.class.getResourceAsStream("figures.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Iterable<JsonNode> cases() {
    return TABLE.get("cases");
  }

  private static Grid grid(JsonNode c) {
    JsonNode shape = c.get("shape");
    JsonNode spacing = c.get("spacing");
    boolean volume = shape.size() == 3;
    int y = volume ? 1 : 0;
    return new Grid(
        volume, volume ? shape.get(0).asInt() : 1, shape.get(y).asInt(), shape.get(y + 1).asInt(),
        volume ? spacing.get(0).asDouble() : 1, spacing.get(y).asDouble(), spacing.get(y + 1).asDouble());
  }

  private static boolean[] mask(String digits) {
    boolean[] mask = new boolean[digits.length()];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = digits.charAt(i) == '1';
    }
    return mask;
  }

  private static int[] ints(JsonNode list) {
    int[] values = new int[list.size()];
    Arrays.setAll(values, i -> list.get(i).asInt());
    return values;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void overlapsAndDistancesAreMedpys(JsonNode c) {
    Grid grid = grid(c);
    boolean[] prediction = mask(c.get("prediction").asText());
    boolean[] truth = mask(c.get("truth").asText());
    OverlapCounts counts = OverlapCounts.of(prediction, truth);
    JsonNode n = c.get("counts");
    assertEquals(
        new OverlapCounts(n.get(0).asLong(), n.get(1).asLong(), n.get(2).asLong(), n.get(3).asLong()),
        counts);
    if (c.has("hd")) {
      SurfaceDistances distances = SurfaceDistances.between(prediction, truth, grid);
      // Sums of squares in another order.
      assertEquals(c.get("hd").asDouble(), distances.hausdorff(), 1e-12 * distances.hausdorff());
      assertEquals(c.get("hd95").asDouble(), distances.percentile(95), 1e-12 * distances.hausdorff());
      assertEquals(c.get("hd30").asDouble(), distances.percentile(30), 1e-12 * distances.hausdorff());
      assertEquals(c.get("assd").asDouble(), distances.averageSymmetric(), 1e-12 * distances.hausdorff());
    } else {
      assertThrows(
          IllegalArgumentException.class, () -> SurfaceDistances.between(prediction, truth, grid));
    }
  }

  /** In elements and in the unit of the spacing at once. */
  @ParameterizedTest
  @MethodSource("cases")
  void aCaseHasElementsAndMillimetres(JsonNode c) {
    Grid spaced = grid(c);
    Grid elements = spaced.withSpacing(1, 1, 1);
    boolean[] predicted = mask(c.get("prediction").asText());
    boolean[] real = mask(c.get("truth").asText());
    ClassFigures figures =
        CaseFigures.of(
            numbers(predicted), numbers(real), 2, elements, spaced, null, EmptyMasks.DEFINED, null).get(0);
    ClassFigures plain = ClassFigures.of(1, predicted, real, elements, EmptyMasks.DEFINED);
    assertEquals(plain, figures.with(PhysicalFigures.NONE, null));
    if (c.has("hd")) {
      double most = 1e-12 * c.get("hd").asDouble();
      assertEquals(c.get("hd").asDouble(), figures.physical().hausdorff(), most);
      assertEquals(c.get("hd95").asDouble(), PixelFigure.HD95_MM.of(figures), most);
      assertEquals(c.get("assd").asDouble(), PixelFigure.ASSD_MM.of(figures), most);
    }
    double size = (plain.counts().predicted() - plain.counts().real()) * spaced.elementSize();
    assertEquals(size, figures.physical().volumeDifference(), 1e-9);
    assertEquals(c.get("corners").get("count").asInt(), figures.objects().predicted());
  }

  private static int[] numbers(boolean[] mask) {
    int[] numbers = new int[mask.length];
    Arrays.setAll(numbers, i -> mask[i] ? 1 : 0);
    return numbers;
  }

  @Test
  void objectsAreThoseThatTheDataTellApart() {
    int[] truth = {1, 1, 1, 1, 0, 1};
    int[] prediction = {1, 1, 0, 0, 0, 1};
    int[] objects = {1, 1, 2, 2, 0, 3};
    Grid grid = Grid.plane(1, 6);
    InstanceFigures apart =
        CaseFigures.of(prediction, truth, 2, grid, null, objects, EmptyMasks.DEFINED, null).get(0).objects();
    assertEquals(3, apart.real());
    assertEquals(2, apart.matches(0.5));
    InstanceFigures joined =
        CaseFigures.of(prediction, truth, 2, grid, null, null, EmptyMasks.DEFINED, null).get(0).objects();
    assertEquals(2, joined.real());
    assertEquals(1, joined.matches(0.5), "half of the first is not more than half");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theDistanceTransformIsScipys(JsonNode c) {
    boolean[] mask = mask(c.get("prediction").asText());
    double[] distances = DistanceTransform.of(mask, grid(c));
    if (!c.has("edt")) {
      assertTrue(Arrays.stream(distances).allMatch(Double::isInfinite), "all true");
      return;
    }
    double sum = c.get("edt_sum").asDouble();
    assertEquals(sum, Arrays.stream(distances).sum(), 1e-12 * sum);
    boolean exact = c.get("spacing").toString().matches("[\\[\\],1]*");
    for (int i = 0; i < c.get("edt").size(); i++) {
      double wanted = c.get("edt").get(i).asDouble();
      assertEquals(wanted, distances[i], exact ? 0 : 1e-14 * wanted, "element " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void componentsAreNumberedAsInScipyAndScikitImage(JsonNode c) {
    boolean[] mask = mask(c.get("prediction").asText());
    for (Components.Neighbours neighbours : Components.Neighbours.values()) {
      JsonNode wanted = c.get(neighbours.name().toLowerCase(java.util.Locale.ROOT));
      Components components = Components.of(mask, grid(c), neighbours);
      assertEquals(wanted.get("count").asInt(), components.count());
      int[] sizes = Arrays.stream(components.sizes()).mapToInt(s -> (int) s).toArray();
      assertArrayEquals(ints(wanted.get("sizes")), sizes);
      long checksum = 0;
      int[] labels = components.labels();
      for (int i = 0; i < labels.length; i++) {
        checksum += labels[i] * (long) (i % 997 + 1);
      }
      assertEquals(wanted.get("checksum").asLong(), checksum);
      assertArrayEquals(mask(wanted.get("kept").asText()), components.ofAtLeast(9));
      long most = Arrays.stream(components.sizes()).max().orElse(0);
      long left = 0;
      for (boolean inside : components.largest()) {
        left += inside ? 1 : 0;
      }
      assertEquals(most, left);
    }
  }

  @Test
  void objectsMatchAsCountedPairByPair() {
    for (JsonNode c : TABLE.get("instances")) {
      InstanceFigures figures = InstanceFigures.of(ints(c.get("prediction")), ints(c.get("truth")));
      for (int i = 0; i < 10; i++) {
        assertEquals(c.get("f1").get(i).asDouble(), figures.f1((50 + 5 * i) / 100.0), 1e-15);
      }
      assertEquals(c.get("mean").asDouble(), figures.meanF1(), 1e-14);
    }
    assertEquals(1, InstanceFigures.of(new int[4], new int[4]).f1(0.5));
    assertEquals(0, InstanceFigures.of(new int[4], new int[] {0, 0, 3, 3}).f1(0.5));
    assertThrows(
        IllegalArgumentException.class, () -> InstanceFigures.of(new int[1], new int[1]).matches(0.4));
  }

  @Test
  void emptyMasksAreCountedAsDefinedOrAsTheOriginalCounts() {
    Grid grid = Grid.plane(2, 3);
    boolean[] none = new boolean[6];
    boolean[] some = {true, true, false, false, false, false};
    check(new double[] {1, 0}, none, none, EmptyMasks.DEFINED);
    check(new double[] {0, Double.NaN}, some, none, EmptyMasks.DEFINED);
    check(new double[] {0, Double.NaN}, none, some, EmptyMasks.DEFINED);
    check(new double[] {1, 0}, some, some, EmptyMasks.DEFINED);
    check(new double[] {0, 0}, none, none, EmptyMasks.SWIN_UNET);
    check(new double[] {1, 0}, some, none, EmptyMasks.SWIN_UNET);
    check(new double[] {0, 0}, none, some, EmptyMasks.SWIN_UNET);
    check(new double[] {1, 0}, some, some, EmptyMasks.SWIN_UNET);
    OverlapCounts counts = OverlapCounts.of(none, none);
    assertTrue(Double.isNaN(counts.dice()) && Double.isNaN(counts.precision()));
    assertEquals(1, counts.specificity());
    assertEquals(-2, ClassFigures.of(1, none, some, grid, EmptyMasks.DEFINED).volumeDifference());
  }

  private static void check(double[] wanted, boolean[] prediction, boolean[] truth, EmptyMasks empty) {
    ClassFigures figures = ClassFigures.of(1, prediction, truth, Grid.plane(2, 3), empty);
    assertEquals(wanted[0], figures.dice());
    assertEquals(wanted[1], figures.hausdorff95());
  }

  @Test
  void figuresOfACaseLeaveOutWhatIsIgnored() {
    int[] truth = {0, 1, 2, 255, 255, 2};
    int[] prediction = {0, 1, 1, 2, 1, 2};
    List<ClassFigures> figures =
        CaseFigures.of(prediction, truth, 3, Grid.plane(2, 3), EmptyMasks.DEFINED, 255);
    assertEquals(new OverlapCounts(1, 1, 0, 2), figures.get(0).counts());
    assertEquals(new OverlapCounts(1, 0, 1, 2), figures.get(1).counts());
    assertEquals(2.0 / 3, CaseFigures.mean(figures, ClassFigures::dice), 1e-15);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> CaseFigures.of(prediction, truth, 3, Grid.plane(2, 3), EmptyMasks.DEFINED, null));
    assertEquals("the truth has the class 255 (element 3), but there are 0 to 2", e.getMessage());
  }

  @Test
  void mapsAreCleanedClassByClass() {
    int[] map = {1, 1, 0, 2, 1, 0, 0, 2, 0, 0, 2, 0};
    int[] cleaned = Components.clean(map, 3, Grid.plane(3, 4), Components.Neighbours.FACES, true, 0);
    assertArrayEquals(new int[] {1, 1, 0, 2, 1, 0, 0, 2, 0, 0, 0, 0}, cleaned);
    assertArrayEquals(
        new int[] {1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
        Components.clean(map, 3, Grid.plane(3, 4), Components.Neighbours.FACES, false, 3));
    assertArrayEquals(map,
        Components.clean(map, 3, Grid.plane(3, 4), Components.Neighbours.CORNERS, true, 0));
  }

  @Test
  void signedDistancesAreNegativeInside() {
    boolean[] mask = {false, false, true, true, true};
    assertArrayEquals(new float[] {2, 1, 0, -1, -2}, DistanceTransform.signed(mask, Grid.plane(1, 5)));
    assertArrayEquals(new float[5], DistanceTransform.signed(new boolean[5], Grid.plane(1, 5)));
  }

  @Test
  void gridsOfNoSizeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Grid.plane(0, 3));
    assertThrows(IllegalArgumentException.class, () -> Grid.volume(2048, 2048, 2048));
    assertThrows(IllegalArgumentException.class, () -> Grid.plane(2, 3, Double.NaN, 1));
  }
}
