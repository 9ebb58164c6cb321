package org.swinengine.backend.cuda;

import java.util.Arrays;
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
  private final CudaDevice device;
  private final LaunchArguments arguments = new LaunchArguments();
  private final long[] sizes = new long[LaunchArguments.MOST];
  private final String[] sizeNames = new String[LaunchArguments.MOST];

  /**
   * Whose memory the arguments point into. A buffer that nobody can reach gives its memory back, and another
   * thread may launch on it: so they stay reachable until the kernel stands in the stream.
   */
  private final Buffer[] owners = new Buffer[LaunchArguments.MOST];
  private GraphCapture capture;
  private StepCalls calls;
  private Kernel kernel;
  private int count;
  private int sizeCount;
  private final int[] grid = new int[3];
  private int threads;
  private int shared;
  private long numbers;
  private int tableWords;

  Launch(CudaDevice device) {
    this.device = device;
  }

  /** What the thread's calls are to become; null: nothing. */
  GraphCapture capture() {
    return capture;
  }

  void setCapture(GraphCapture captureOrNull) {
    capture = captureOrNull;
  }

  /** Where the thread's calls are kept until they are asked for together; null: nowhere. */
  StepCalls calls() {
    return calls;
  }

  void setCalls(StepCalls callsOrNull) {
    calls = callsOrNull;
  }

  Launch of(Kernel other) {
    kernel = other;
    forgetOwners();
    count = 0;
    sizeCount = 0;
    Arrays.fill(grid, 1);
    threads = 256;
    shared = 0;
    numbers = 0;
    tableWords = 0;
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
    grid[0] = (int) x;
    grid[1] = (int) y;
    grid[2] = (int) z;
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
    arguments.put(count++, address);
    return this;
  }

  /** An address in memory that whoever launches keeps. */
  Launch kept(long address) {
    arguments.put(count++, address);
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
    arguments.put(count++, Integer.toUnsignedLong(value));
    return this;
  }

  /** A {@code long long} argument; its name is for error messages. */
  Launch longSize(String name, long value) {
    note(name, value);
    arguments.put(count++, value);
    return this;
  }

  private void note(String name, long value) {
    sizeNames[sizeCount] = name;
    sizes[sizeCount++] = value;
  }

  /** An {@code int} argument that is a switch. */
  Launch flag(boolean value) {
    arguments.put(count++, value ? 1 : 0);
    return this;
  }

  /** An {@code int} or {@code unsigned} argument that is no size. */
  Launch word(int value) {
    arguments.put(count++, Integer.toUnsignedLong(value));
    return this;
  }

  /** A {@code float} argument. */
  Launch real(double value) {
    return word(Float.floatToRawIntBits((float) value));
  }

  /**
   * {@code float} arguments that differ from step to step. A kernel that has them finds them in memory
   * instead where {@link #whereNumbersAre} is not 0: in a graph, whose arguments stay.
   */
  Launch numbers(double... values) {
    int[] words = new int[values.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = Float.floatToRawIntBits((float) values[i]);
    }
    return numbers(words);
  }

  /** The same of an {@code unsigned} argument. */
  Launch number(int word) {
    return numbers(new int[] {word});
  }

  /** The same of a {@code double} argument. */
  Launch number64(double value) {
    long bits = Double.doubleToRawLongBits(value);
    numbers = calls == null ? 0 : calls.numbers(new int[] {(int) bits, (int) (bits >>> 32)});
    return real64(numbers == 0 ? value : 0);
  }

  private Launch numbers(int[] words) {
    numbers = calls == null ? 0 : calls.numbers(words);
    for (int word : words) {
      word(numbers == 0 ? word : 0);
    }
    return this;
  }

  /** The address of what {@link #numbers} were; 0: they are arguments. */
  Launch whereNumbersAre() {
    return kept(numbers);
  }

  /** A {@code double} argument. */
  Launch real64(double value) {
    arguments.put(count++, Double.doubleToRawLongBits(value));
    return this;
  }

  /** The last argument: an array by value, whose words these are. */
  Launch table(long[] words) {
    arguments.table(kernel, count, words);
    count++;
    tableWords = words.length;
    return this;
  }

  /** A word of a table: two numbers of 32 bits, the first of them first in memory. */
  static long pair(int first, int second) {
    return Integer.toUnsignedLong(first) | (long) second << 32;
  }

  /** Hands the kernel to the stream, or to what the thread's calls are kept in. */
  void run() {
    run(owners, count);
    forgetOwners(); // not before: these are reads of the references after the launch
  }

  /** Hands over a kernel that reads and writes buffers of which its table has the addresses. */
  void run(Buffer[] buffers) {
    run(buffers, buffers.length);
  }

  private void run(Buffer[] buffers, int n) {
    if (calls != null) {
      calls.launch(kernel, grid, threads, shared, arguments, count, tableWords);
      calls.hold(buffers, n);
      return;
    }
    device.launched(this, arguments.launch(kernel, grid, threads, shared, count, device.stream()));
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
