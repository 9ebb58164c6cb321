package org.swinengine.conformance;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.RandomKernels.Branch;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;

@Tag("conformance")
@Tag("numerics")
class RandomConformanceTest {
  private static RandomKey key(Cases c) {
    int stream = RandomKey.streamOf("layers." + c.choose("layer", 0, 1, 2, 3));
    return c.note("key", new RandomKey(c.anyLong("seed"), stream, c.choose("step", 0, 1, 77777)));
  }

  /** Small, and beyond 32 bits. */
  private static long firstSample(Cases c) {
    long[] samples = {0, 1, 1000, 0xFFFFFFF0L, 0x1_0000_0000L, 0x1234_5678_9ABCL};
    return c.note("first sample", samples[c.choose("which", 0, 1, 2, 3, 4, 5)]);
  }

  @Test
  void dropPathScales() {
    Cases.run(
        "dropPathScales",
        60,
        c -> {
          RandomKey key = key(c);
          long first = firstSample(c);
          int samples = c.size("samples", 100);
          // More than a launch takes, too.
          int branches = c.choose("many", 0, 0, 0, 1) == 1 ? 90 + c.size("beyond 89", 200) : c.size("few", 8);
          List<Branch> all = new ArrayList<>();
          for (int i = 0; i < branches; i++) {
            double keep = c.choose("all", 0, 0, 0, 1) == 1 ? 1 : c.number("keep", 0.1, 1);
            all.add(new Branch(RandomKey.streamOf("layers." + i), keep));
          }
          c.compare(
              side -> side.backend()
                  .random()
                  .dropPathScales(
                      key.seed(), key.step(), all, first, samples,
                      side.masterOut("scales", branches * samples, Tolerance.ROUNDING)));
        });
  }

  @Test
  void dropout() {
    Cases.run(
        "dropout",
        80,
        c -> {
          RandomKey key = key(c);
          long first = firstSample(c);
          boolean wide = c.choose("wide", 0, 0, 0, 1) == 1;
          int samples = c.size("samples", wide ? 2 : 30);
          int elements = wide ? c.size("elements", 900) + 66000 : c.size("elements", 2000);
          double keep = c.choose("all", 0, 0, 0, 1) == 1 ? 1 : c.number("keep", 0.1, 1);
          double[] x = c.normal(samples * elements);
          boolean overlay = c.flag("overlay");
          double[] rowScale = c.flag("scaled") ? c.uniform(samples, 0, 2) : null;
          c.compare(
              side -> {
                Span in = overlay ? side.inOut("y", x, Tolerance.ROUNDING) : side.in(x);
                Span y = overlay ? in : side.out("y", x.length, Tolerance.ROUNDING);
                side.backend()
                    .random()
                    .dropout(key, first, samples, elements, keep, side.master(rowScale), in, y);
              });
        });
  }

  /** An element is kept if its number is below the probability, not if it equals it. */
  @Test
  void theThresholdIsExact() {
    Cases.run(
        "dropout at the threshold",
        40,
        c -> {
          RandomKey key = key(c);
          double[] x = c.uniform(9, 1, 2);
          int element = c.choose("element", 0, 1, 2, 3, 4, 5, 6, 7, 8);
          double number = key.uniform(3, element, new int[4]);
          double keep = c.flag("above") ? Math.nextUp(number) : number;
          if (keep == 0) {
            return;
          }
          c.compare(
              side -> side.backend()
                  .random()
                  .dropout(
                      key, 3, 1, 9, keep, side.in(x), side.out("y", 9, Tolerance.ROUNDING)));
        });
  }
}
