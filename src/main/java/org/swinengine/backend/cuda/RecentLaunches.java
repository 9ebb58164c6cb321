package org.swinengine.backend.cuda;

/** The last launches, for the message about a fault, which the driver reports only later. */
final class RecentLaunches {
  private static final int COUNT = 4;

  private final String[] names = new String[COUNT];
  private final long[][] sizes = new long[COUNT][];
  private final String[][] sizeNames = new String[COUNT][];
  private int next;

  synchronized void add(Launch launch) {
    int at = next++ % COUNT;
    names[at] = launch.kernelName();
    sizes[at] = launch.copySizes(sizes[at]);
    sizeNames[at] = launch.copySizeNames(sizeNames[at]);
  }

  /** Adds what has no sizes. */
  synchronized void add(String name) {
    int at = next++ % COUNT;
    names[at] = name;
    sizes[at] = null;
    sizeNames[at] = null;
  }

  /** The launches, the last one first. */
  @Override
  public synchronized String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= Math.min(COUNT, next); i++) {
      int at = (next - i) % COUNT;
      text.append(text.length() == 0 ? "" : ", ")
          .append(
              sizes[at] == null ? names[at] : Launch.describe(names[at], sizeNames[at], sizes[at]));
    }
    return text.length() == 0 ? "none" : text.toString();
  }
}
