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
    return ROOMS * DevicePool.capacity(bytes + LEVELS);
  }

  /** {@link org.swinengine.backend.MemoryKernels#uploadPixels}. */
  synchronized void upload(
      byte[] from, int fromOffset, int images, int channels, int plane, float[] levels, Span to) {
    int bytes = Math.multiplyExact(Math.multiplyExact(images, channels), plane);
    long target = CudaBuffer.address(to, bytes);
    if (bytes == 0) {
      return;
    }
    device.enter();
    prepare();
    room = (room + 1) % ROOMS;
    Room next = rooms[room];
    long levelsAt = (bytes + ALIGNMENT - 1L) / ALIGNMENT * ALIGNMENT;
    require(next, levelsAt + 256L * channels * Float.BYTES);
    if (pinned) {
      device.check(JCudaDriver.cuStreamWaitEvent(copies, next.read, 0), "waiting for a kernel");
    }
    for (int done = 0; done < bytes; done += PIECE) {
      int count = Math.min(PIECE, bytes - done);
      int start = fromOffset + done;
      send(next.address + done, count, piece -> piece.put(0, from, start, count));
    }
    send(next.address + levelsAt, 256L * channels * Float.BYTES,
        piece -> piece.asFloatBuffer().put(levels, 0, 256 * channels));
    if (pinned) {
      device.check(JCudaDriver.cuEventRecord(next.arrived, copies), "recording an event");
      device.check(JCudaDriver.cuStreamWaitEvent(device.stream(), next.arrived, 0), "waiting for a copy");
    }
    try {
      device
          .launch(device.kernel("memory", Grids.named("pixelsToPlanes", to)))
          .grid(Grids.blocks(plane, 4 * Grids.THREADS), Math.min(images, CudaMemory.MOST_ROWS_AT_ONCE), 1)
          .size("images", images)
          .size("channels", channels)
          .size("plane", plane)
          .kept(next.address)
          .kept(next.address + levelsAt)
          .address(to, target)
          .run();
    } finally {
      Reference.reachabilityFence(to.buffer());
    }
    device.check(JCudaDriver.cuEventRecord(next.read, device.stream()), "recording an event");
  }

  /** Writes into the front of a piece of host memory. */
  private interface Filling {
    void into(ByteBuffer piece);
  }

  private void send(long address, long bytes, Filling filling) {
    if (!pinned) {
      synchronized (staging) {
        filling.into(staging.toFill());
        staging.send(address, bytes);
      }
      return;
    }
    piece = (piece + 1) % PIECES;
    Piece next = pieces[piece];
    device.check(JCudaDriver.cuEventSynchronize(next.sent), "waiting for a copy to the GPU");
    filling.into(next.bytes);
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
    of.address = pool.reserve(bytes);
    of.bytes = bytes;
    // The block's last owner may still read it.
    device.check(JCudaDriver.cuEventRecord(of.read, device.stream()), "recording an event");
  }

  /** Gives a room back. The kernel that reads it last has waited for the copy, so the stream knows of both. */
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
    for (Room each : rooms) {
      forget(each);
      JCudaDriver.cuEventDestroy(each.arrived);
      JCudaDriver.cuEventDestroy(each.read);
    }
    freePieces();
    JCudaDriver.cuStreamDestroy(copies);
    prepared = false;
  }
}
