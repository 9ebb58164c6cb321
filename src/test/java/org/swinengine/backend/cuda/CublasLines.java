package org.swinengine.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Lines of {@code cublas.txt} from measured products. A line stands at a product where cuBLAS won, and takes
 * everything that is no smaller on any side; so it is there only if cuBLAS lost nowhere among what was
 * measured of these.
 */
final class CublasLines {
  /** How much faster cuBLAS has to be: for less, a step's bits are not made to depend on a library. */
  static final double WINS = 1.05;

  /** No slower than that is no loss, for what a larger product gains. */
  static final double LOSES = 1.0;

  /**
   * A measured product.
   *
   * @param kind types, layout and epilogue, as in the table
   * @param gain the own kernel's time by cuBLAS's
   */
  record Point(String kind, int m, int n, int k, double gain) {
    private boolean isWithin(Point line) {
      return m >= line.m && n >= line.n && k >= line.k;
    }
  }

  private CublasLines() {}

  /**
   * The lines, as few as take all that any takes.
   *
   * @param capability of the GPU, like 9.0
   */
  static List<String> of(List<Point> points, String capability) {
    Map<String, List<Point>> kinds =
        points.stream().collect(Collectors.groupingBy(Point::kind, TreeMap::new, Collectors.toList()));
    List<String> lines = new ArrayList<>();
    kinds.forEach((kind, measured) -> {
      List<Point> good = measured.stream().filter(point -> point.gain >= WINS
          && measured.stream().noneMatch(other -> other.gain < LOSES && other.isWithin(point))).toList();
      good.stream().filter(point -> good.stream().noneMatch(other -> isBefore(other, point, good)))
          .map(point -> kind + " " + capability + " " + point.m + " " + point.n + " " + point.k)
          .distinct().sorted().forEach(lines::add);
    });
    return lines;
  }

  /** Whether another line takes this one's products; of equal ones the first remains. */
  private static boolean isBefore(Point other, Point point, List<Point> all) {
    return other != point && point.isWithin(other)
        && (!other.isWithin(point) || all.indexOf(other) < all.indexOf(point));
  }
}
