package org.swinengine.backend.cuda;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Span;

/**
 * Pictures on their way to the device, as bytes and in a stream of their own, so that those of the next batch
 * arrive while the device still computes with the last one's. On the device they lie in one of two rooms;
 * from there a kernel in the device's stream makes the model's input of them.
 *
 * <p>Who waits for whom: a copy into a room for the kernel that read it two batches before, the kernel for
 * the copy, and this thread for a piece of pinned memory until it has been copied. So the host is at most two
 * batches ahead of the device. Pinned memory is of fixed size; where there is none, the bytes go the way of
 * all other uploads, in the device's stream.
 */
final class PixelUpload implements AutoCloseable {
  /** Bytes of a pinned piece: some forty microseconds on the bus. */
  static final int PIECE = 1 << 20;

  private static final int PIECES = 3;
  private static final int ROOMS = 2;

  /** Bytes of three channels' levels, and what aligns them. */
  private static final int LEVELS = 4096;

  /** What boxes may add to a batch: a part of so many. */
  private static final int BOXES = 3;

  /** What kernels read in one access. */
  private static final int ALIGNMENT = 16;

  /** Bytes that a batch has on the device. */
  private static final class Room {
    long address;
    long bytes;
    final CUevent arrived = new CUevent();
    final CUevent read = new CUevent();
  }

  /** Pinned memory, and the last copy out of it. */
  private record Piece(Pointer pointer, ByteBuffer bytes, CUevent sent) {}

  private final CudaDevice device;
  private final DevicePool pool;
  private final Staging staging;
  private final CUstream copies = new CUstream();
  private final Piece[] pieces = new Piece[PIECES];
  private final Room[] rooms = new Room[ROOMS];
  private boolean prepared;
  private boolean pinned;
  private int piece;
  private int room;

  /** @param staging the way of bytes where there is no pinned memory */
  PixelUpload(CudaDevice device, DevicePool pool, Staging staging) {
    this.device = device;
    this.pool = pool;
    this.staging = staging;
  }

  /** Bytes on the device for batches of so many. */
  static long room(long bytes) {
    return ROOMS * DevicePool.capacity(bytes + bytes / BOXES + LEVELS);
  }

  /** Sees to the memory that the next upload takes. */
  synchronized void makeRoom(PixelBatch batch) {
    if (batch.size() > 0) {
      device.enter();
      prepare();
      require(rooms[(room + 1) % ROOMS], new Parts(batch).bytes);
    }
  }

  /** {@link org.swinengine.backend.MemoryKernels#uploadPixels}. */
  synchronized void upload(PixelBatch batch, Span to) {
    int bytes = batch.size();
    long target = CudaBuffer.address(to, bytes);
    if (bytes == 0) {
      return;
    }
    device.enter();
    prepare();
    Parts parts = new Parts(batch);
    room = (room + 1) % ROOMS;
    Room next = rooms[room];
    require(next, parts.bytes);
    if (pinned) {
      device.check(JCudaDriver.cuStreamWaitEvent(copies, next.read, 0), "waiting for a kernel");
    }
    parts.send(next.address);
    if (pinned) {
      device.check(JCudaDriver.cuEventRecord(next.arrived, copies), "recording an event");
      device.check(JCudaDriver.cuStreamWaitEvent(device.stream(), next.arrived, 0), "waiting for a copy");
    }
    try {
      parts.launch(next.address, to, target);
    } finally {
      Reference.reachabilityFence(to.buffer());
    }
    device.check(JCudaDriver.cuEventRecord(next.read, device.stream()), "recording an event");
  }

  /** What a batch has in a room, one part behind the other. */
  private final class Parts {
    private final PixelBatch batch;
    private final long levels;
    private final long firstBox;
    private final long boxes;
    private final long values;
    private final long mixes;
    private final long shares;
    private long bytes;

    Parts(PixelBatch batch) {
      this.batch = batch;
      PixelBatch.Changes changes = batch.changes();
      boolean mixed = changes != null && changes.mixes().length > 0;
      part(batch.size());
      levels = part(256L * batch.channels() * Float.BYTES);
      firstBox = part(changes == null ? 0 : (batch.images() + 1L) * Integer.BYTES);
      boxes = part((long) batch.boxCount() * PixelBatch.BOX * Integer.BYTES);
      values = part((long) batch.valueCount() * Float.BYTES);
      mixes = part(mixed ? (long) batch.images() * PixelBatch.MIX * Integer.BYTES : 0);
      shares = part(mixed ? 2L * batch.images() * Float.BYTES : 0);
    }

    /** Where the next part stands. */
    private long part(long length) {
      long at = bytes;
      bytes += (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      return at;
    }

    void send(long address) {
      inPieces(address, batch.size(), 1,
          (piece, from, count) -> piece.put(0, batch.pixels(), from, count));
      floats(address + levels, batch.levels(), 256 * batch.channels());
      PixelBatch.Changes changes = batch.changes();
      if (changes == null) {
        return;
      }
      integers(address + firstBox, changes.firstBox(), batch.images() + 1);
      integers(address + boxes, changes.boxes(), batch.boxCount() * PixelBatch.BOX);
      floats(address + values, changes.values(), batch.valueCount());
      if (changes.mixes().length > 0) {
        integers(address + mixes, changes.mixes(), batch.images() * PixelBatch.MIX);
        floats(address + shares, changes.shares(), 2 * batch.images());
      }
    }

    private void floats(long address, float[] from, int n) {
      inPieces(address, n, Float.BYTES,
          (piece, start, count) -> piece.asFloatBuffer().put(from, start, count));
    }

    private void integers(long address, int[] from, int n) {
      inPieces(address, n, Integer.BYTES,
          (piece, start, count) -> piece.asIntBuffer().put(from, start, count));
    }

    void launch(long address, Span to, long target) {
      PixelBatch.Changes changes = batch.changes();
      int plane = batch.height() * batch.width();
      int rows = changes == null ? batch.images() : (batch.images() + 1) / 2;
      String name = changes == null ? "pixelsToPlanes" : "changedPixelsToPlanes";
      Launch launch =
          device
              .launch(device.kernel("memory", Grids.named(name, to)))
              .grid(Grids.blocks(plane, 4 * Grids.THREADS), Math.min(rows, CudaMemory.MOST_ROWS_AT_ONCE), 1)
              .size("images", batch.images())
              .size("channels", batch.channels())
              .size("height", batch.height())
              .size("width", batch.width())
              .kept(address)
              .kept(address + levels);
      if (changes != null) {
        boolean mixed = changes.mixes().length > 0;
        launch.kept(address + firstBox).kept(address + boxes).kept(address + values)
            .kept(mixed ? address + mixes : 0).kept(mixed ? address + shares : 0);
      }
      launch.address(to, target).run();
    }
  }

  /** Writes elements into the front of a piece of host memory. */
  private interface Filling {
    void into(ByteBuffer piece, int first, int count);
  }

  private void inPieces(long address, int n, int elementBytes, Filling filling) {
    int step = PIECE / elementBytes;
    for (int done = 0; done < n; done += step) {
      send(address + (long) done * elementBytes, done, Math.min(step, n - done), elementBytes, filling);
    }
  }

  private void send(long address, int first, int count, int elementBytes, Filling filling) {
    long bytes = (long) count * elementBytes;
    if (!pinned) {
      synchronized (staging) {
        filling.into(staging.toFill(), first, count);
        staging.send(address, bytes);
      }
      return;
    }
    piece = (piece + 1) % PIECES;
    Piece next = pieces[piece];
    device.check(JCudaDriver.cuEventSynchronize(next.sent), "waiting for a copy to the GPU");
    filling.into(next.bytes, first, count);
    device.check(
        JCudaDriver.cuMemcpyHtoDAsync(DevicePointer.to(address), next.pointer, bytes, copies),
        "copying " + bytes + " bytes to the GPU");
    device.check(JCudaDriver.cuEventRecord(next.sent, copies), "recording an event");
  }

  /** Makes a room large enough; nobody waits for what reads the old one. */
  private void require(Room of, long bytes) {
    if (of.bytes >= bytes) {
      return;
    }
    forget(of);
    // A whole block: what is erased differs from batch to batch, and with it the bytes.
    long block = DevicePool.capacity(bytes);
    of.address = pool.reserve(block);
    of.bytes = block;
    // The block's last owner may still read it.
    device.check(JCudaDriver.cuEventRecord(of.read, device.stream()), "recording an event");
  }

  /** Gives a room back to the pool. Kernels that still read it stand before those of its next owner. */
  private void forget(Room of) {
    if (of.address != 0) {
      device.check(JCudaDriver.cuStreamSynchronize(copies), "waiting for a copy to the GPU");
      pool.giveBackReserved(of.address, of.bytes);
      of.address = 0;
      of.bytes = 0;
    }
  }

  private void prepare() {
    if (prepared) {
      return;
    }
    device.check(
        JCudaDriver.cuStreamCreate(copies, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
    for (int i = 0; i < ROOMS; i++) {
      rooms[i] = new Room();
      makeEvent(rooms[i].arrived);
      makeEvent(rooms[i].read);
    }
    pinned = true;
    for (int i = 0; i < PIECES && pinned; i++) {
      Pointer pointer = new Pointer();
      pinned = JCudaDriver.cuMemHostAlloc(pointer, PIECE, 0) == CUresult.CUDA_SUCCESS;
      if (pinned) {
        CUevent sent = new CUevent();
        makeEvent(sent);
        pieces[i] = new Piece(pointer, pointer.getByteBuffer(0, PIECE).order(ByteOrder.nativeOrder()), sent);
      }
    }
    if (!pinned) {
      freePieces();
    }
    prepared = true;
  }

  private void makeEvent(CUevent event) {
    device.check(
        JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "making an event");
  }

  private void freePieces() {
    for (int i = 0; i < PIECES; i++) {
      if (pieces[i] != null) {
        JCudaDriver.cuEventDestroy(pieces[i].sent);
        JCudaDriver.cuMemFreeHost(pieces[i].pointer);
        pieces[i] = null;
      }
    }
  }

  /** Gives everything back; the device has not failed. */
  @Override
  public synchronized void close() {
    if (!prepared) {
      return;
    }
    device.enter();
    // Results are not looked at: on a device that is lost just now each of these fails.
    JCudaDriver.cuStreamSynchronize(copies);
    for (Room each : rooms) {
      if (each.address != 0) {
        pool.giveBackReserved(each.address, each.bytes);
      }
      JCudaDriver.cuEventDestroy(each.arrived);
      JCudaDriver.cuEventDestroy(each.read);
    }
    freePieces();
    JCudaDriver.cuStreamDestroy(copies);
    prepared = false;
  }
}
