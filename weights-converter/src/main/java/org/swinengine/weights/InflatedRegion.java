package org.swinengine.weights;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * A compressed zip entry; each reading inflates it from the beginning. Never yields more than the announced
 * size.
 */
record InflatedRegion(ByteSource compressed, long size) implements ByteSource {
  @Override
  public InputStream openAt(long position) throws IOException {
    InputStream in = compressed.openAt(0);
    try {
      InputStream inflated = new Bounded(in);
      inflated.skipNBytes(position);
      return inflated;
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  private final class Bounded extends InflaterInputStream {
    private long left = size;

    private Bounded(InputStream in) {
      super(in, new Inflater(true), 1 << 14);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0 || length == 0) {
        return length == 0 ? 0 : -1;
      }
      int n = super.read(target, offset, (int) Math.min(length, left));
      left -= Math.max(0, n);
      return n;
    }

    @Override
    public void close() throws IOException {
      // The superclass ends only inflaters of its own making; this one's memory is outside the heap.
      inf.end();
      super.close();
    }
  }
}
