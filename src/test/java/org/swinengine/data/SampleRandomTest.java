package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Philox;

class SampleRandomTest {
  @Test
  void isPhiloxKeyedBySeedWithBlockSampleEpochAndStreamAsCounter() {
    SampleRandom random = new SampleRandom(0x1122334455667788L, 3, 42, 5);
    int[] expected = new int[4];
    for (int block = 0; block < 2; block++) {
      Philox.block(0x55667788, 0x11223344, block, 42, 3, 0xDA000005, expected);
      for (int word : expected) {
        assertEquals(word, random.nextBits());
      }
    }
  }

  @Test
  void everyPartOfTheKeyMatters() {
    Set<Integer> first = new HashSet<>();
    for (int seed = 0; seed < 3; seed++) {
      for (int epoch = 0; epoch < 3; epoch++) {
        for (int sample = 0; sample < 3; sample++) {
          for (int stream = 0; stream < 3; stream++) {
            first.add(new SampleRandom(seed, epoch, sample, stream).nextBits());
          }
        }
      }
    }
    assertEquals(81, first.size());
  }

  @Test
  void integersAreEvenlySpread() {
    SampleRandom random = new SampleRandom(1, 0, 0, 0);
    int[] counts = new int[7];
    for (int i = 0; i < 70_000; i++) {
      counts[random.uniformInt(7)]++;
    }
    for (int count : counts) {
      assertTrue(count > 9_600 && count < 10_400, "count " + count);
    }
  }

  @Test
  void resetForgetsTheSpareNormal() {
    SampleRandom random = new SampleRandom(1, 0, 0, 0);
    float first = random.normal();
    random.reset(1, 0, 0, 0);
    assertEquals(first, random.normal());
  }

  @Test
  void shufflesReachAllPermutationsEqually() {
    int[] counts = new int[6];
    for (int i = 0; i < 6_000; i++) {
      int[] values = {0, 1, 2};
      new SampleRandom(9, 0, i, 0).shuffle(values);
      counts[values[0] * 2 + (values[1] > values[2] ? 1 : 0)]++;
    }
    for (int count : counts) {
      assertTrue(count > 850 && count < 1_150, "count " + count);
    }
  }
}
