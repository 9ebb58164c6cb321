package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The pictures with masks inside the jar. */
class BuiltInNucleiTest {
  @Test
  void aFifthOfThemIsHeldOut() throws IOException {
    SegmentationDataset train = BuiltInNuclei.train();
    SegmentationDataset test = BuiltInNuclei.test();
    assertEquals(430, train.size());
    assertEquals(108, test.size());
    Set<String> names = new TreeSet<>();
    IntStream.range(0, train.size()).forEach(i -> names.add(train.name(i)));
    IntStream.range(0, test.size()).forEach(i -> names.add(test.name(i)));
    assertEquals(538, names.size());
    long inside = 0;
    int colour = 0;
    for (int i = 0; i < test.size(); i++) {
      ImageAndMask pair = test.pair(i);
      assertEquals(BuiltInNuclei.SIDE, pair.image().height());
      assertEquals(BuiltInNuclei.SIDE, pair.image().width());
      colour += pair.image().channels() == 3 ? 1 : 0;
      for (byte label : pair.mask().pixels()) {
        assertTrue(label == 0 || label == 1);
        inside += label;
      }
    }
    double share = inside / (108.0 * BuiltInNuclei.SIDE * BuiltInNuclei.SIDE);
    assertTrue(share > 0.1 && share < 0.2, "share of nuclei " + share);
    assertTrue(colour > 10 && colour < 35, colour + " stained ones");
    assertTrue(train.fingerprint().orElseThrow().isWhole());
  }
}
