package org.swinengine.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.Span;

/**
 * The launch of a kernel: its grid, its arguments in their order, then {@link #run}. A thread has one for
 * each device and uses it again and again; arguments stand in one native buffer, eight bytes each, so that
 * the pointers to them are made once.
 *
 * <pre>{@code
 * device.launch(kernel).grid(blocks).block(256).span(x).span(y).size("n", n).real(alpha).run();
 * }</pre>
 */
final class Launch {
  private static final int SLOT = 8;
  private static final int SLOTS = 48;

  /** What a kernel may have of arguments. */
  private static final int MOST_BYTES = 4096;

  private final CudaDevice device;
  private final ByteBuffer arguments =
      ByteBuffer.allocateDirect(SLOTS * SLOT + MOST_BYTES).order(ByteOrder.nativeOrder());
  private final Pointer[] pointers = new Pointer[SLOTS + 1];
  private final long[] sizes = new long[SLOTS];
  private final String[] sizeNames = new String[SLOTS];

  /**
   * Whose memory the arguments point into. A buffer that nobody can reach gives its memory back, and another
   * thread may launch on it: so they stay reachable until the kernel stands in the stream.
   */
  private final Buffer[] owners = new Buffer[SLOTS];
  private GraphCapture capture;
  private Kernel kernel;
  private int count;
  private int sizeCount;
  private int gridX;
  private int gridY;
  private int gridZ;
  private int threads;
  private int shared;

  Launch(CudaDevice device) {
    this.device = device;
    Pointer start = Pointer.to(arguments);
    Pointer[] slots = new Pointer[SLOTS];
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = start.withByteOffset((long) i * SLOT);
      pointers[i + 1] = Pointer.to(Arrays.copyOf(slots, i + 1));
    }
  }

  /** What the thread's calls are to become; null: nothing. */
  GraphCapture capture() {
    return capture;
  }

  void setCapture(GraphCapture captureOrNull) {
    capture = captureOrNull;
  }

  Launch of(Kernel other) {
    kernel = other;
    forgetOwners();
    count = 0;
    sizeCount = 0;
    gridX = 1;
    gridY = 1;
    gridZ = 1;
    threads = 256;
    shared = 0;
    return this;
  }

  /** Number of blocks. */
  Launch grid(long x) {
    return grid(x, 1, 1);
  }

  /** Number of blocks on each axis; y and z at most 65535. */
  Launch grid(long x, long y, long z) {
    if (x < 1 || y < 1 || z < 1 || x > Integer.MAX_VALUE || y > 65535 || z > 65535) {
      throw new IllegalArgumentException(
          kernel.name() + ": a grid of " + x + " × " + y + " × " + z
              + " blocks is not within 1 to 2147483647 × 65535 × 65535; use a smaller batch");
    }
    gridX = (int) x;
    gridY = (int) y;
    gridZ = (int) z;
    return this;
  }

  /** Threads of a block; 256 unless said otherwise. */
  Launch block(int threadsOfABlock) {
    threads = threadsOfABlock;
    return this;
  }

  /** Bytes of dynamic shared memory; what is above 48 KiB the kernel must have been allowed to use. */
  Launch shared(int bytes) {
    shared = bytes;
    return this;
  }

  /** The address of a span of device memory; 0 for null. */
  Launch span(Span spanOrNull) {
    return spanOrNull == null ? noAddress() : address(spanOrNull, CudaBuffer.address(spanOrNull));
  }

  /** The address of a span that must hold {@code n} elements; 0 for null. */
  Launch span(Span spanOrNull, long n) {
    return spanOrNull == null ? noAddress() : address(spanOrNull, CudaBuffer.address(spanOrNull, n));
  }

  /** An address in the buffer of a span. */
  Launch address(Span owner, long address) {
    owners[count] = owner.buffer();
    arguments.putLong(SLOT * count++, address);
    return this;
  }

  /** An address in memory that whoever launches keeps. */
  Launch kept(long address) {
    arguments.putLong(SLOT * count++, address);
    return this;
  }

  private Launch noAddress() {
    return kept(0);
  }

  private void forgetOwners() {
    Arrays.fill(owners, 0, count, null);
  }

  /** An {@code int} argument; its name is for error messages. */
  Launch size(String name, int value) {
    note(name, value);
    arguments.putInt(SLOT * count++, value);
    return this;
  }

  /** A {@code long long} argument; its name is for error messages. */
  Launch longSize(String name, long value) {
    note(name, value);
    arguments.putLong(SLOT * count++, value);
    return this;
  }

  private void note(String name, long value) {
    sizeNames[sizeCount] = name;
    sizes[sizeCount++] = value;
  }

  /** An {@code int} argument that is a switch. */
  Launch flag(boolean value) {
    arguments.putInt(SLOT * count++, value ? 1 : 0);
    return this;
  }

  /** An {@code int} or {@code unsigned} argument that is no size. */
  Launch word(int value) {
    arguments.putInt(SLOT * count++, value);
    return this;
  }

  /** A {@code float} argument. */
  Launch real(double value) {
    arguments.putFloat(SLOT * count++, (float) value);
    return this;
  }

  /** A {@code double} argument. */
  Launch real64(double value) {
    arguments.putDouble(SLOT * count++, value);
    return this;
  }

  /** The last argument: an array by value, whose words these are. */
  Launch table(long[] words) {
    if ((count + words.length) * SLOT > MOST_BYTES) {
      throw new IllegalArgumentException(kernel.name() + ": " + words.length + " words are too many");
    }
    for (int i = 0; i < words.length; i++) {
      arguments.putLong(SLOT * (count + i), words[i]);
    }
    count++;
    return this;
  }

  /** A word of a table: two numbers of 32 bits, the first of them first in memory. */
  static long pair(int first, int second) {
    return Integer.toUnsignedLong(first) | (long) second << 32;
  }

  /** Hands the kernel to the stream. */
  void run() {
    run(owners, count);
    forgetOwners(); // not before: these are reads of the references after the launch
  }

  /** Hands a kernel to the stream that reads and writes buffers of which its table has the addresses. */
  void run(Buffer[] buffers) {
    run(buffers, buffers.length);
  }

  private void run(Buffer[] buffers, int n) {
    int result =
        JCudaDriver.cuLaunchKernel(
            kernel.function(), gridX, gridY, gridZ, threads, 1, 1, shared, device.stream(), pointers[count],
            null);
    device.launched(this, result);
    if (capture != null) {
      capture.asked(buffers, n);
    }
  }

  String kernelName() {
    return kernel.name();
  }

  long[] copySizes(long[] reusedOrNull) {
    if (reusedOrNull == null || reusedOrNull.length != sizeCount) {
      return Arrays.copyOf(sizes, sizeCount);
    }
    System.arraycopy(sizes, 0, reusedOrNull, 0, sizeCount);
    return reusedOrNull;
  }

  String[] copySizeNames(String[] reusedOrNull) {
    if (reusedOrNull == null || reusedOrNull.length != sizeCount) {
      return Arrays.copyOf(sizeNames, sizeCount);
    }
    System.arraycopy(sizeNames, 0, reusedOrNull, 0, sizeCount);
    return reusedOrNull;
  }

  /** Like {@code layerNorm_f32(rows 6272, columns 96)}. */
  @Override
  public String toString() {
    return describe(kernel.name(), copySizeNames(null), copySizes(null));
  }

  static String describe(String kernel, String[] names, long[] values) {
    StringBuilder text = new StringBuilder(kernel).append('(');
    for (int i = 0; i < names.length; i++) {
      text.append(i == 0 ? "" : ", ").append(names[i]).append(' ').append(values[i]);
    }
    return text.append(')').toString();
  }
}
