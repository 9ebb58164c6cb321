package org.swinengine.backend.cuda;

import java.util.Arrays;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** Calls of the driver, written down with all their arguments: to be compared, and to be made. */
final class CallLog {
  private static final int LAUNCH = 0;
  private static final int FILL = 1;
  private static final int COPY = 2;

  /** Words of a launch before its arguments. */
  private static final int HEAD = 8;

  /** One call behind the other: its kind, then what belongs to it. */
  private long[] words = new long[1 << 13];
  private int length;

  /** Of the launches, in their order. */
  private Kernel[] kernels = new Kernel[1 << 9];
  private int launches;
  private int calls;

  boolean isEmpty() {
    return calls == 0;
  }

  int calls() {
    return calls;
  }

  void clear() {
    length = 0;
    launches = 0;
    calls = 0;
  }

  private void require(int more) {
    calls++;
    if (length + more > words.length) {
      words = Arrays.copyOf(words, 2 * words.length);
    }
  }

  /**
   * @param tableWords of the last argument, where it is a table; 0: it is none
   */
  void launch(
      Kernel kernel, int[] grid, int threads, int shared, LaunchArguments arguments, int count,
      int tableWords) {
    int all = tableWords == 0 ? count : count - 1 + tableWords;
    require(HEAD + all);
    if (launches == kernels.length) {
      kernels = Arrays.copyOf(kernels, 2 * launches);
    }
    kernels[launches++] = kernel;
    words[length++] = LAUNCH;
    for (int axis = 0; axis < 3; axis++) {
      words[length++] = grid[axis];
    }
    words[length++] = threads;
    words[length++] = shared;
    words[length++] = count;
    words[length++] = all;
    for (int i = 0; i < all; i++) {
      words[length++] = arguments.get(i);
    }
  }

  /**
   * @param bytes of an element: 1, 2 or 4
   */
  void fill(long address, int bytes, int value, long n) {
    add(FILL, address, bytes, value, n);
  }

  void copy(long to, long from, long bytes) {
    add(COPY, to, from, bytes);
  }

  private void add(long... call) {
    require(call.length);
    System.arraycopy(call, 0, words, length, call.length);
    length += call.length;
  }

  /** Whether the calls are the same, to the last argument. */
  boolean isLike(CallLog other) {
    return calls == other.calls
        && Arrays.equals(words, 0, length, other.words, 0, other.length)
        && Arrays.equals(kernels, 0, launches, other.kernels, 0, other.launches); // a kernel is one object
  }

  /** What the first call that differs from those of another log asks for; not all are the same. */
  String firstDifference(CallLog other) {
    int at = 0;
    int kernel = 0;
    while (at < length && at < other.length) {
      int end = at + wordsOfCall(at);
      boolean launches = words[at] == LAUNCH;
      if (!Arrays.equals(words, at, end, other.words, at, Math.min(end, other.length))
          || launches && kernels[kernel] != other.kernels[kernel]) {
        break;
      }
      kernel += launches ? 1 : 0;
      at = end;
    }
    return at >= length ? "where it ends"
        : words[at] == LAUNCH ? kernels[kernel].name() : words[at] == FILL ? "a fill" : "a copy";
  }

  private int wordsOfCall(int at) {
    return words[at] == LAUNCH ? HEAD + (int) words[at + HEAD - 1] : words[at] == FILL ? 5 : 4;
  }

  /** Makes all calls. */
  void make(CudaDevice device, CUstream stream) {
    LaunchArguments arguments = new LaunchArguments();
    int[] grid = new int[3];
    int kernel = 0;
    int at = 0;
    while (at < length) {
      switch ((int) words[at]) {
        case LAUNCH:
          Kernel next = kernels[kernel++];
          for (int axis = 0; axis < 3; axis++) {
            grid[axis] = (int) words[at + 1 + axis];
          }
          int count = (int) words[at + HEAD - 2];
          int all = (int) words[at + HEAD - 1];
          for (int i = 0; i < all; i++) {
            arguments.put(i, words[at + HEAD + i]);
          }
          device.made(
              next.name(),
              arguments.launch(next, grid, (int) words[at + 4], (int) words[at + 5], count, stream));
          at += HEAD + all;
          break;
        case FILL:
          fill(device, words[at + 1], (int) words[at + 2], (int) words[at + 3], words[at + 4], stream);
          at += 5;
          break;
        default:
          copy(device, words[at + 1], words[at + 2], words[at + 3], stream);
          at += 4;
      }
    }
  }

  /** Asks for a fill with {@code n} elements of so many bytes. */
  static void fill(CudaDevice device, long address, int bytes, int value, long n, CUstream stream) {
    CUdeviceptr to = DevicePointer.to(address);
    int result =
        bytes == 1 ? JCudaDriver.cuMemsetD8Async(to, (byte) value, n, stream)
            : bytes == 2 ? JCudaDriver.cuMemsetD16Async(to, (short) value, n, stream)
                : JCudaDriver.cuMemsetD32Async(to, value, n, stream);
    device.check(result, "filling " + n + " elements");
  }

  /** Asks for a copy on the device. */
  static void copy(CudaDevice device, long to, long from, long bytes, CUstream stream) {
    device.check(
        JCudaDriver.cuMemcpyDtoDAsync(DevicePointer.to(to), DevicePointer.to(from), bytes, stream),
        "copying " + bytes + " bytes");
  }
}
