package org.swinengine.data.dicom;

import org.jspecify.annotations.Nullable;

/**
 * A table of values (PS3.3, C.11.1.1).
 *
 * @param first what its first entry stands for
 * @param values of the entries, without sign
 * @param bits of a value
 */
record LookupTable(int first, int[] values, int bits) {
  /**
   * Of a descriptor and its data; null where there is no descriptor.
   *
   * @param signed whether what is looked up may be negative
   */
  static @Nullable LookupTable of(DicomSet set, int descriptor, int data, boolean signed)
      throws DicomException {
    int[] about = set.words(descriptor);
    if (about == null || about.length < 3) {
      return null;
    }
    int entries = about[0] == 0 ? 1 << 16 : about[0];
    int first = signed ? (short) about[1] : about[1];
    int bits = about[2];
    DicomSet.Element element = set.get(data);
    int bytes = element == null ? 0 : element.length();
    if (element == null || bits < 1 || bits > 16 || bytes < entries) {
      throw new DicomException(
          "has a table " + DicomException.tag(descriptor) + " of " + entries + " entries of " + bits
              + " bits, for which " + bytes + " bytes are there");
    }
    int[] values = new int[entries];
    boolean words = bytes >= 2 * entries;
    for (int i = 0; i < entries; i++) {
      values[i] = words ? element.unsigned16(i)
          : element.bytes()[element.start() + (element.bigEndian() ? i ^ 1 : i)] & 255;
    }
    return new LookupTable(first, values, bits);
  }

  /** What a value becomes; those before the first entry and after the last have theirs. */
  int at(double value) {
    double index = Math.floor(value) - first;
    return values[(int) Math.max(0, Math.min(values.length - 1, index))];
  }

  /** The largest value that its bits can be. */
  int highest() {
    return (1 << bits) - 1;
  }
}
