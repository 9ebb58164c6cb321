package org.swinengine.backend.cpu.attention;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.WindowGeometry;

/** What {@link WindowGeometry} says about every window of an image, looked up once and kept. */
final class WindowTables {
  /** Image token of every window token, {@code [windows, windowTokens]}; −1: padding. */
  final int[] tokens;

  /** For every window, whether it holds padding. */
  final boolean[] padded;

  /** For every window its mask in {@link #masks}; −1: all its tokens belong to one region. */
  final int[] maskOfWindow;

  /** The different masks, {@code [windowTokens, padded(windowTokens)]}: 0 or −100; symmetric. */
  final float[][] masks;

  /** Row of the bias table for query t and the last key. */
  private final int[] tableRows;

  WindowTables(WindowGeometry geometry) {
    int windows = geometry.windows();
    int windowTokens = geometry.windowTokens();
    tokens = new int[windows * windowTokens];
    padded = new boolean[windows];
    maskOfWindow = new int[windows];
    List<int[]> patterns = new ArrayList<>();
    List<float[]> different = new ArrayList<>();
    int[] regions = new int[windowTokens];
    for (int window = 0; window < windows; window++) {
      int top = window / geometry.windowColumns() * geometry.windowHeight();
      int left = window % geometry.windowColumns() * geometry.windowWidth();
      for (int t = 0; t < windowTokens; t++) {
        int row = top + t / geometry.windowWidth();
        int column = left + t % geometry.windowWidth();
        int token = geometry.sourceToken(row, column);
        tokens[window * windowTokens + t] = token;
        padded[window] |= token < 0;
        regions[t] = geometry.region(row, column);
      }
      maskOfWindow[window] = findMask(regions, patterns, different);
    }
    masks = different.toArray(new float[0][]);
    tableRows = new int[windowTokens];
    for (int t = 0; t < windowTokens; t++) {
      tableRows[t] = geometry.relativePositionIndex(t, windowTokens - 1);
    }
  }

  /** {@link WindowGeometry#relativePositionIndex} without divisions: it is a difference of the two places. */
  int tableRow(int query, int key) {
    return tableRows[query] - tableRows[key] + tableRows[tableRows.length - 1];
  }

  private static int findMask(int[] regions, List<int[]> patterns, List<float[]> masks) {
    boolean uniform = true;
    for (int region : regions) {
      uniform &= region == regions[0];
    }
    if (uniform) {
      return -1;
    }
    for (int i = 0; i < patterns.size(); i++) {
      if (Arrays.equals(patterns.get(i), regions)) {
        return i;
      }
    }
    patterns.add(regions.clone());
    masks.add(mask(regions));
    return masks.size() - 1;
  }

  private static float[] mask(int[] regions) {
    int stride = AttentionLoops.padded(regions.length);
    float[] mask = new float[regions.length * stride];
    for (int i = 0; i < regions.length; i++) {
      for (int j = 0; j < regions.length; j++) {
        mask[i * stride + j] = regions[i] == regions[j] ? 0 : AttentionKernels.MASKED;
      }
    }
    return mask;
  }
}
