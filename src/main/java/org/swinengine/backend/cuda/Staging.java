package org.swinengine.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Pinned host memory through which everything goes to the device and back: two halves, so that one can be
 * filled while the other is on its way. Used by one thread at a time.
 */
final class Staging implements AutoCloseable {
  static final int BYTES = 4 << 20;

  private final CudaDevice device;
  private final Pointer[] pointers = new Pointer[2];
  private final ByteBuffer[] halves = new ByteBuffer[2];
  private final CUevent[] sent = new CUevent[2];

  /**
   * Whether somebody may still read a half; a call of the driver that has nothing to wait for costs as
   * well.
   */
  private final boolean[] onItsWay = new boolean[2];

  private int turn;

  Staging(CudaDevice device) {
    this.device = device;
  }

  private void prepare() {
    if (pointers[1] != null) {
      return;
    }
    for (int i = 0; i < 2; i++) {
      Pointer pointer = new Pointer();
      device.check(JCudaDriver.cuMemHostAlloc(pointer, BYTES, 0), "allocating pinned memory");
      halves[i] = pointer.getByteBuffer(0, BYTES).order(ByteOrder.nativeOrder());
      sent[i] = new CUevent();
      device.check(JCudaDriver.cuEventCreate(sent[i], CUevent_flags.CU_EVENT_DISABLE_TIMING),
          "making an event");
      pointers[i] = pointer;
    }
  }

  /** A half that nothing reads any more, to be filled from its beginning. */
  ByteBuffer toFill() {
    prepare();
    turn ^= 1;
    if (onItsWay[turn]) {
      device.check(JCudaDriver.cuEventSynchronize(sent[turn]), "waiting for a copy to the GPU");
      onItsWay[turn] = false;
    }
    return halves[turn].clear();
  }

  /** Sends the first bytes of the half that was filled last. */
  void send(long address, long bytes) {
    onItsWay[turn] = true;
    device.check(
        JCudaDriver.cuMemcpyHtoDAsync(DevicePointer.to(address), pointers[turn], bytes, device.stream()),
        "copying " + bytes + " bytes to the GPU");
    device.check(JCudaDriver.cuEventRecord(sent[turn], device.stream()), "recording an event");
  }

  /** Fetches bytes when all that was asked for before is done; valid until the next call. */
  ByteBuffer fetch(long address, long bytes) {
    ByteBuffer half = toFill();
    device.check(
        JCudaDriver.cuMemcpyDtoHAsync(pointers[turn], DevicePointer.to(address), bytes, device.stream()),
        "copying " + bytes + " bytes from the GPU");
    device.check(JCudaDriver.cuStreamSynchronize(device.stream()),
        "copying " + bytes + " bytes from the GPU");
    return half;
  }

  @Override
  public void close() {
    for (int i = 0; i < 2; i++) {
      if (pointers[i] != null) {
        JCudaDriver.cuEventDestroy(sent[i]);
        JCudaDriver.cuMemFreeHost(pointers[i]);
        pointers[i] = null;
      }
    }
  }
}
