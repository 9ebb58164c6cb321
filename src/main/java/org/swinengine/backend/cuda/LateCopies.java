package org.swinengine.backend.cuda;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * A few numbers on their way to the host while it goes on asking for work: each copy has pinned memory of its
 * own and an event behind it, so that whoever wants the numbers waits for what was asked for before them, and
 * not for what came after.
 */
final class LateCopies implements AutoCloseable {
  /** Room of the usual piece: a loss, or an optimizer's numbers. */
  private static final long LEAST_BYTES = 64;

  private static final Cleaner CLEANER = Cleaner.create();

  private record Slot(Pointer pointer, ByteBuffer bytes, CUevent arrived) {}

  private final CudaDevice device;
  private final List<Slot> free = new ArrayList<>();

  /** Also those that are on their way. */
  private final List<Slot> all = new ArrayList<>();

  LateCopies(CudaDevice device) {
    this.device = device;
  }

  /** A copy that was asked for, to be read once. */
  final class Copy {
    private final Slot slot;

    /** Ends with the last chance to ask for the numbers, too. */
    private Cleaner.Cleanable place;

    private Copy(Slot slot) {
      this.slot = slot;
    }

    /** Waits until it is there; the bytes are valid until {@link #done}. */
    ByteBuffer bytes() {
      device.enter();
      device.check(JCudaDriver.cuEventSynchronize(slot.arrived()), "waiting for numbers from the GPU");
      return slot.bytes();
    }

    /** Its memory may serve another. */
    void done() {
      place.clean();
    }
  }

  /** Asks for a copy of device memory as it is when everything that was asked for before is done. */
  Copy begin(long address, long bytes) {
    device.enter();
    Slot slot = slot(bytes);
    device.check(
        JCudaDriver.cuMemcpyDtoHAsync(slot.pointer(), DevicePointer.to(address), bytes, device.stream()),
        "copying " + bytes + " bytes from the GPU");
    device.check(JCudaDriver.cuEventRecord(slot.arrived(), device.stream()), "recording an event");
    Copy copy = new Copy(slot);
    copy.place = CLEANER.register(copy, () -> giveBack(slot)); // which does not hold the copy
    return copy;
  }

  /** What comes into it next stands later in the stream. */
  private synchronized void giveBack(Slot slot) {
    free.add(slot);
  }

  /** How many pieces of pinned memory there are. */
  synchronized int pieces() {
    return all.size();
  }

  private synchronized Slot slot(long bytes) {
    for (int i = 0; i < free.size(); i++) {
      if (free.get(i).bytes().capacity() >= bytes) {
        return free.remove(i);
      }
    }
    long room = Math.max(bytes, LEAST_BYTES);
    Pointer pointer = new Pointer();
    device.check(JCudaDriver.cuMemHostAlloc(pointer, room, 0), "allocating pinned memory");
    CUevent arrived = new CUevent();
    device.check(
        JCudaDriver.cuEventCreate(arrived, CUevent_flags.CU_EVENT_DISABLE_TIMING), "making an event");
    Slot slot = new Slot(pointer, pointer.getByteBuffer(0, room).order(ByteOrder.nativeOrder()), arrived);
    all.add(slot);
    return slot;
  }

  @Override
  public synchronized void close() {
    for (Slot slot : all) {
      JCudaDriver.cuEventDestroy(slot.arrived());
      JCudaDriver.cuMemFreeHost(slot.pointer());
    }
    all.clear();
    free.clear();
  }
}
