package org.swinengine.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Pinned host memory through which everything but pictures and late numbers goes to the device and back: a
 * ring of pieces, so that one can be filled while the others are on their way. A training step uploads labels
 * and a few factors; since it is asked for while the device is busy with the step before, there have to be
 * more pieces than these, or the host would wait for that step. Used by one thread at a time.
 */
final class Staging implements AutoCloseable {
  /** Bytes of a piece. */
  static final int BYTES = 1 << 20;

  static final int PIECES = 8;

  private final CudaDevice device;
  private final Pointer[] pointers = new Pointer[PIECES];
  private final ByteBuffer[] pieces = new ByteBuffer[PIECES];
  private final CUevent[] sent = new CUevent[PIECES];

  /**
   * Whether somebody may still read a piece; a call of the driver that has nothing to wait for costs as
   * well.
   */
  private final boolean[] onItsWay = new boolean[PIECES];
  private int turn;

  Staging(CudaDevice device) {
    this.device = device;
  }

  private void prepare() {
    if (pointers[PIECES - 1] != null) {
      return;
    }
    for (int i = 0; i < PIECES; i++) {
      Pointer pointer = new Pointer();
      device.check(JCudaDriver.cuMemHostAlloc(pointer, BYTES, 0), "allocating pinned memory");
      pieces[i] = pointer.getByteBuffer(0, BYTES).order(ByteOrder.nativeOrder());
      sent[i] = new CUevent();
      device.check(JCudaDriver.cuEventCreate(sent[i], CUevent_flags.CU_EVENT_DISABLE_TIMING),
          "making an event");
      pointers[i] = pointer;
    }
  }

  /** A piece that nothing reads any more, to be filled from its beginning. */
  ByteBuffer toFill() {
    prepare();
    turn = (turn + 1) % PIECES;
    if (onItsWay[turn]) {
      device.check(JCudaDriver.cuEventSynchronize(sent[turn]), "waiting for a copy to the GPU");
      onItsWay[turn] = false;
    }
    return pieces[turn].clear();
  }

  /** Sends the first bytes of the piece that was filled last. */
  void send(long address, long bytes) {
    onItsWay[turn] = true;
    device.check(
        JCudaDriver.cuMemcpyHtoDAsync(DevicePointer.to(address), pointers[turn], bytes, device.stream()),
        "copying " + bytes + " bytes to the GPU");
    device.check(JCudaDriver.cuEventRecord(sent[turn], device.stream()), "recording an event");
  }

  /** Fetches bytes when all that was asked for before is done; valid until the next call. */
  ByteBuffer fetch(long address, long bytes) {
    ByteBuffer piece = toFill();
    device.check(
        JCudaDriver.cuMemcpyDtoHAsync(pointers[turn], DevicePointer.to(address), bytes, device.stream()),
        "copying " + bytes + " bytes from the GPU");
    device.check(JCudaDriver.cuStreamSynchronize(device.stream()),
        "copying " + bytes + " bytes from the GPU");
    return piece;
  }

  @Override
  public void close() {
    for (int i = 0; i < PIECES; i++) {
      if (pointers[i] != null) {
        JCudaDriver.cuEventDestroy(sent[i]);
        JCudaDriver.cuMemFreeHost(pointers[i]);
        pointers[i] = null;
      }
    }
  }
}
