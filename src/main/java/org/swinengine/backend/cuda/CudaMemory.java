package org.swinengine.backend.cuda;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Later;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Span;

/**
 * Memory family on the GPU. Copies to and from the host go through pinned memory and convert on the host; a
 * download waits for everything that was asked for before, one that comes later when it is asked for.
 *
 * <p>{@code -Dswin.poison=true} fills every buffer with NaN when it is handed out.
 */
final class CudaMemory implements MemoryKernels {
  /** What a grid may have on its second axis. */
  static final int MOST_ROWS_AT_ONCE = 65535;

  /** More blocks than any GPU runs at a time. */
  private static final int MOST_BLOCKS_OF_A_ROW = 1 << 16;

  private static final Cleaner CLEANER = Cleaner.create();

  private final CudaDevice device;
  private final DevicePool pool;

  /** Two, each with its lock: a download waits for the GPU, and no upload for it. */
  private final Staging up;
  private final Staging down;
  private final LateCopies late;
  private final PixelUpload pixels;
  private final boolean poison = Boolean.getBoolean("swin.poison");

  CudaMemory(CudaDevice device) {
    this.device = device;
    this.pool = new DevicePool(device);
    this.up = new Staging(device);
    this.down = new Staging(device);
    this.late = new LateCopies(device);
    this.pixels = new PixelUpload(device, pool, up);
  }

  @Override
  public Buffer allocate(DType dtype, long size) {
    if (size < 0 || dtype == DType.FLOAT64) {
      throw new IllegalArgumentException(
          "the cuda backend makes no buffer of " + size + " " + dtype + " elements");
    }
    long bytes = size * dtype.bytes();
    GraphCapture capture = device.capture();
    StepCalls calls = device.calls();
    DeviceBlocks owner =
        calls != null ? calls.program().memory() : capture == null ? pool : capture.memory();
    long address = owner.take(bytes);
    CudaBuffer buffer = new CudaBuffer(address, dtype, size);
    buffer.setMemory(CLEANER.register(buffer, () -> owner.giveBack(address, bytes)), owner);
    if (capture != null) {
      capture.allocated(buffer);
    }
    if (poison) {
      fill(buffer, address, 1, 0xff, bytes);
    }
    return buffer;
  }

  /** Memory for the time of a call: kernels that need room between two launches. */
  Buffer scratch(long floats) {
    return allocate(DType.FLOAT32, floats);
  }

  @Override
  public void fill(Span x, long n, double value) {
    if (n == 0) {
      return;
    }
    DType type = x.buffer().dtype();
    int bits =
        type == DType.BF16 ? BrainFloat.of((float) value)
            : type == DType.INT32 ? (int) value : Float.floatToRawIntBits((float) value);
    fill(x.buffer(), CudaBuffer.address(x, n), type == DType.BF16 ? Short.BYTES : Integer.BYTES, bits, n);
    asked(x, x);
  }

  /** Fills with elements of so many bytes. */
  private void fill(Buffer of, long address, int bytes, int value, long n) {
    device.enter();
    StepCalls calls = device.calls();
    if (calls != null) {
      calls.fill(of, address, bytes, value, n);
      return;
    }
    try {
      CallLog.fill(device, address, bytes, value, n, device.stream());
    } finally {
      Reference.reachabilityFence(of);
    }
  }

  @Override
  public void copy(Span from, Span to, long n) {
    if (n == 0) {
      return;
    }
    DType type = from.buffer().dtype();
    if (type != to.buffer().dtype()) {
      copyRows(1, n, from, 0, to, 0);
      return;
    }
    device.enter();
    long source = CudaBuffer.address(from, n);
    long target = CudaBuffer.address(to, n);
    StepCalls calls = device.calls();
    if (calls != null) {
      calls.copy(to.buffer(), target, from.buffer(), source, n * type.bytes());
      return;
    }
    try {
      CallLog.copy(device, target, source, n * type.bytes(), device.stream());
      asked(from, to);
    } finally {
      Reference.reachabilityFence(from.buffer());
      Reference.reachabilityFence(to.buffer());
    }
  }

  /** A graph has to keep what it reads and writes. */
  private void asked(Span from, Span to) {
    GraphCapture capture = device.capture();
    if (capture != null) {
      capture.asked(new Buffer[] {from.buffer(), to.buffer()}, 2);
    }
  }

  @Override
  public void copyRows(int rows, int columns, Span from, long fromStride, Span to, long toStride) {
    copyRows(rows, (long) columns, from, fromStride, to, toStride);
  }

  private void copyRows(int rows, long columns, Span from, long fromStride, Span to, long toStride) {
    if (rows == 0 || columns == 0) {
      return;
    }
    DType type = from.buffer().dtype();
    long fromAddress = CudaBuffer.address(from, (rows - 1) * fromStride + columns);
    long toAddress = CudaBuffer.address(to, (rows - 1) * toStride + columns);
    if (type == to.buffer().dtype()) {
      // Strides count only between rows.
      long lengths = rows == 1 ? columns : columns | fromStride | toStride;
      Words words = new Words(type.bytes(), fromAddress | toAddress, lengths);
      long width = words.of(columns);
      copyRows(
          words.named("copyRows"), rows, width, width, from, fromAddress, words.of(fromStride), to, toAddress,
          words.of(toStride));
    } else {
      GraphCapture capture = device.capture();
      if (capture != null) {
        // A graph would convert it again and again, and until it runs the copy is not what it is taken for.
        capture.refuseLasting(to.buffer(), "it uses a weight that has changed");
      }
      String name = "convertRows_" + suffix(from) + "_" + suffix(to);
      copyRows(
          name, rows, columns, Grids.blocks(columns, 4), from, fromAddress, fromStride, to, toAddress,
          toStride);
    }
  }

  /**
   * @param steps what there is to do for a thread each in a row
   */
  private void copyRows(
      String name, int rows, long columns, long steps, Span from, long fromAddress, long fromStride, Span to,
      long toAddress, long toStride) {
    int threads = Words.threads(steps);
    device
        .launch(device.kernel("memory", name))
        .grid(Math.min(Grids.blocks(steps, threads), MOST_BLOCKS_OF_A_ROW), Math.min(rows, MOST_ROWS_AT_ONCE),
            1)
        .block(threads)
        .size("rows", rows)
        .longSize("columns", columns)
        .address(from, fromAddress)
        .longSize("from stride", fromStride)
        .address(to, toAddress)
        .longSize("to stride", toStride)
        .run();
  }

  private static String suffix(Span span) {
    return Grids.suffix(span.buffer().dtype());
  }

  @Override
  public void upload(float[] from, int fromOffset, Span to, int n) {
    device.refuseInCapture("it brings numbers from the host");
    synchronized (up) {
      boolean half = typeOf(to, false) == DType.BF16;
      long address = placeFor(to, n);
      int step = Staging.BYTES / to.buffer().dtype().bytes();
      for (int done = 0; done < n; done += step) {
        int count = Math.min(step, n - done);
        ByteBuffer bytes = up.toFill();
        if (half) {
          for (int i = 0; i < count; i++) {
            bytes.putShort(2 * i, BrainFloat.of(from[fromOffset + done + i]));
          }
        } else {
          bytes.asFloatBuffer().put(from, fromOffset + done, count);
        }
        send(to, address, done, count);
      }
    }
  }

  @Override
  public void uploadPixels(PixelBatch batch, Span to) {
    device.refuseInCapture("it brings pixels from the host");
    typeOf(to, false);
    device.stream(); // with all that is kept
    pixels.makeRoom(batch); // while whoever finds no memory can still end the step's graphs
    try (CudaDevice.Direct direct = device.directly()) {
      pixels.upload(batch, to);
    }
  }

  @Override
  public long roomFor(DType dtype, long size) {
    return DevicePool.capacity(size * dtype.bytes());
  }

  @Override
  public boolean sharesRoom() {
    return true;
  }

  @Override
  public long roomForPixels(long bytes) {
    return PixelUpload.room(bytes);
  }

  @Override
  public void upload(double[] from, int fromOffset, Span to, int n) {
    float[] rounded = new float[n];
    for (int i = 0; i < n; i++) {
      rounded[i] = (float) from[fromOffset + i];
    }
    upload(rounded, 0, to, n);
  }

  @Override
  public void upload(int[] from, int fromOffset, Span to, int n) {
    device.refuseInCapture("it brings numbers from the host");
    synchronized (up) {
      typeOf(to, true);
      long address = placeFor(to, n);
      int step = Staging.BYTES / Integer.BYTES;
      for (int done = 0; done < n; done += step) {
        int count = Math.min(step, n - done);
        up.toFill().asIntBuffer().put(from, fromOffset + done, count);
        send(to, address, done, count);
      }
    }
  }

  /** Where numbers from the host are sent: to a span, or to a place whence a kept step takes them there. */
  private long placeFor(Span to, int n) {
    device.enter();
    long address = CudaBuffer.address(to, n);
    StepCalls calls = device.calls();
    return calls == null || n == 0
        ? address
        : calls.placeFor(to.buffer(), address, (long) n * to.buffer().dtype().bytes());
  }

  /** Sends words to an address at once. */
  void send(int[] words, int n, long address) {
    synchronized (up) {
      up.toFill().asIntBuffer().put(words, 0, n);
      up.send(address, (long) n * Integer.BYTES);
    }
  }

  private void send(Span to, long address, long done, long count) {
    int size = to.buffer().dtype().bytes();
    try (CudaDevice.Direct direct = device.directly()) {
      up.send(address + done * size, count * size);
    } finally {
      Reference.reachabilityFence(to.buffer());
    }
  }

  @Override
  public void download(Span from, float[] to, int toOffset, int n) {
    device.refuseInCapture("it brings numbers to the host");
    synchronized (down) {
      boolean half = typeOf(from, false) == DType.BF16;
      long address = CudaBuffer.address(from, n);
      device.enter();
      int size = from.buffer().dtype().bytes();
      int step = Staging.BYTES / size;
      try {
        for (int done = 0; done < n; done += step) {
          int count = Math.min(step, n - done);
          ByteBuffer bytes = down.fetch(address + (long) done * size, (long) count * size);
          if (half) {
            for (int i = 0; i < count; i++) {
              to[toOffset + done + i] = BrainFloat.toFloat(bytes.getShort(2 * i));
            }
          } else {
            bytes.asFloatBuffer().get(to, toOffset + done, count);
          }
        }
      } finally {
        Reference.reachabilityFence(from.buffer());
      }
    }
  }

  @Override
  public void download(Span from, double[] to, int toOffset, int n) {
    float[] values = new float[n];
    download(from, values, 0, n);
    for (int i = 0; i < n; i++) {
      to[toOffset + i] = values[i];
    }
  }

  @Override
  public void download(Span from, int[] to, int toOffset, int n) {
    device.refuseInCapture("it brings numbers to the host");
    synchronized (down) {
      typeOf(from, true);
      long address = CudaBuffer.address(from, n);
      device.enter();
      int step = Staging.BYTES / Integer.BYTES;
      try {
        for (int done = 0; done < n; done += step) {
          int count = Math.min(step, n - done);
          down
              .fetch(address + (long) done * Integer.BYTES, (long) count * Integer.BYTES)
              .asIntBuffer()
              .get(to, toOffset + done, count);
        }
      } finally {
        Reference.reachabilityFence(from.buffer());
      }
    }
  }

  @Override
  public Later<double[]> downloadLater(Span from, int n) {
    device.refuseInCapture("it brings numbers to the host");
    boolean half = typeOf(from, false) == DType.BF16;
    Supplier<LateCopies.Copy> begun = late(from, n);
    return Later.of(() -> {
      LateCopies.Copy copy = begun.get();
      ByteBuffer bytes = copy.bytes();
      double[] elements = new double[n];
      for (int i = 0; i < n; i++) {
        elements[i] = half ? BrainFloat.toFloat(bytes.getShort(2 * i)) : bytes.getFloat(4 * i);
      }
      copy.done();
      return elements;
    });
  }

  private Supplier<LateCopies.Copy> late(Span from, int n) {
    long address = CudaBuffer.address(from, n);
    long bytes = (long) n * from.buffer().dtype().bytes();
    StepCalls calls = device.calls();
    StepCalls.Pending kept = calls == null ? null : calls.later(from.buffer(), address, bytes);
    if (kept != null) {
      return kept::copy;
    }
    try {
      LateCopies.Copy copy = late.begin(address, bytes);
      return () -> copy;
    } finally {
      Reference.reachabilityFence(from.buffer());
    }
  }

  LateCopies late() {
    return late;
  }

  private static DType typeOf(Span span, boolean integers) {
    DType type = span.buffer().dtype();
    if ((type == DType.INT32) != integers) {
      throw new IllegalArgumentException(
          "host " + (integers ? "integers" : "floating point numbers") + " and a buffer of " + type
              + " cannot be copied to each other");
    }
    return type;
  }

  /** {@link CudaDevice#refuseInCapture}. */
  void refuseInCapture(String reason) {
    device.refuseInCapture(reason);
  }

  DevicePool pool() {
    return pool;
  }

  @Override
  public MemoryStatistics statistics() {
    return pool.statistics();
  }

  @Override
  public void resetPeak() {
    pool.resetPeak();
  }

  /** Gives everything back to the driver. */
  void close() {
    if (!device.hasFailed()) {
      pixels.close();
    }
    pool.close();
    if (!device.hasFailed()) {
      up.close();
      down.close();
      late.close();
    }
  }
}
