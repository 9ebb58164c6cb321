package org.swinengine.data.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.swinengine.data.check.Finding.Kind;

/**
 * Finds pictures that look alike: saved again, in another size or quality, a little brighter. Their outlines
 * differ in few bits, and their thumbnails agree. What is cropped, turned or mirrored is not found.
 *
 * <p>Outlines that differ in at most {@value #DIFFERENT_BITS} of 64 bits are equal in one of {@value
 * #BANDS} bands at least, so only pictures that share a band are compared.
 */
final class NearDuplicates {
  private static final int DIFFERENT_BITS = 4;
  private static final int BANDS = DIFFERENT_BITS + 1;

  /** Of 4,530 X-rays, all of which look alike, this leaves one pair that is not equal. */
  private static final double LIKENESS = 0.98;

  /** More than this share a band in which there is nothing to see, such as a black border. */
  private static final int MOST = 3000;

  private NearDuplicates() {}

  /** @param notes receives what was not looked at */
  static List<Finding> find(
      List<CheckedSample> samples, List<PictureSummary> pictures, List<String> notes) {
    TreeSet<Long> pairs = new TreeSet<>();
    int passed = 0;
    for (int band = 0; band < BANDS; band++) {
      int from = band * 64 / BANDS;
      int bits = (band + 1) * 64 / BANDS - from;
      Map<Long, List<Integer>> alike = new HashMap<>();
      for (int i = 0; i < pictures.size(); i++) {
        long key = pictures.get(i).outline() >>> from & (1L << bits) - 1;
        alike.computeIfAbsent(key, k -> new ArrayList<>()).add(i);
      }
      for (List<Integer> members : alike.values()) {
        if (members.size() > MOST) {
          passed += members.size();
        } else {
          compare(members, pictures, pairs);
        }
      }
    }
    if (passed > 0) {
      notes.add(
          "pictures that look alike were not looked for among all, because too many have the same outline");
    }
    List<Finding> findings = new ArrayList<>();
    for (long pair : pairs) {
      int one = (int) (pair >>> 32);
      int other = (int) pair;
      double likeness = PictureSummary.likeness(pictures.get(one), pictures.get(other));
      findings.add(
          new Finding(
              Kind.NEAR_DUPLICATE,
              String.format(
                  Locale.ROOT, "two pictures look alike (%.3f)%s", likeness,
                  samples.get(one).labels().equals(samples.get(other).labels())
                      ? ""
                      : ", but are " + samples.get(one).labels() + " and " + samples.get(other).labels()),
              EqualSamples.names(List.of(samples.get(one), samples.get(other)))));
    }
    return findings;
  }

  private static void compare(List<Integer> members, List<PictureSummary> pictures, TreeSet<Long> pairs) {
    for (int i = 0; i < members.size(); i++) {
      PictureSummary one = pictures.get(members.get(i));
      for (int k = i + 1; k < members.size(); k++) {
        PictureSummary other = pictures.get(members.get(k));
        if (Long.bitCount(one.outline() ^ other.outline()) <= DIFFERENT_BITS
            && !one.content().equals(other.content())
            && PictureSummary.likeness(one, other) >= LIKENESS) {
          pairs.add((long) members.get(i) << 32 | members.get(k));
        }
      }
    }
  }
}
