package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Quartiles as numpy's, whiskers as Tukey's. */
final class CaseBoxTest {
  @Test
  void quartilesAndWhiskers() {
    CaseBox box = CaseBox.of(new double[] {9, 1, 2, Double.NaN, 3, 4, 5, 6, 7, 8, 30, -20});
    assertNotNull(box);
    assertEquals(new CaseBox(11, 1, 2.5, 5, 7.5, 9, List.of(-20.0, 30.0)), box);
    assertEquals(new CaseBox(1, 4, 4, 4, 4, 4, List.of()), CaseBox.of(new double[] {4}));
    assertNull(CaseBox.of(new double[] {Double.NaN}));
  }

  @Test
  void farValuesAreBounded() {
    double[] values = new double[1000];
    for (int i = 0; i < 100; i++) {
      values[i] = i + 1;
    }
    CaseBox box = CaseBox.of(values);
    assertNotNull(box);
    assertEquals(40, box.beyond().size());
    assertEquals(100, Collections.max(box.beyond()));
  }
}
