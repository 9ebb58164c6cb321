package org.swinengine.backend.cuda;

import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;

/** A buffer in device memory: an address. */
final class CudaBuffer extends Buffer {
  private final long address;

  /**
   * Gives the memory back: when the last reference is released, or when the buffer has become unreachable.
   */
  private Cleaner.Cleanable memory;

  private DeviceBlocks owner;

  /** Whose {@link DeferredSums} have ever had work with this buffer; null: nobody's. */
  private volatile @Nullable CudaDevice awaiting;

  CudaBuffer(long address, DType dtype, long size) {
    super(dtype, size);
    this.address = address;
  }

  /** Says that sums of this device may wait for a part of this buffer, or for what is read from it. */
  void awaits(CudaDevice device) {
    awaiting = device;
  }

  void setMemory(Cleaner.Cleanable cleanable, DeviceBlocks whose) {
    memory = cleanable;
    owner = whose;
  }

  /** Whether its memory comes from there. */
  boolean isOf(DeviceBlocks blocks) {
    return owner == blocks;
  }

  /** Address of a span's first element, for who does not read or write there. */
  static long place(Span span) {
    CudaBuffer buffer = cuda(span);
    return buffer.address + span.offset() * buffer.dtype().bytes();
  }

  /**
   * Address of a span's first element, for who reads and writes whatever is behind it in the buffer.
   */
  static long address(Span span) {
    return address(span, span.buffer().size() - span.offset());
  }

  /**
   * Address of a span's first element, from which on the buffer must hold {@code n} elements that
   * whoever asks reads or writes: sums that wait for these are launched first.
   */
  static long address(Span span, long n) {
    CudaBuffer buffer = cuda(span);
    if (n < 0 || span.offset() < 0 || span.offset() > buffer.size() - n) {
      throw new IndexOutOfBoundsException(
          "a kernel was asked for " + n + " elements from " + span.offset() + " on, in a buffer of "
              + buffer.size());
    }
    CudaDevice device = buffer.awaiting;
    if (device != null) {
      device.sums().finishFor(buffer, span.offset(), span.offset() + n);
    }
    return buffer.address + span.offset() * buffer.dtype().bytes();
  }

  /** Throws unless a span, which may be null, holds elements of a type. */
  static void checkType(String kernel, String operand, Span spanOrNull, DType expected) {
    if (spanOrNull != null && spanOrNull.buffer().dtype() != expected) {
      throw new IllegalArgumentException(
          kernel + ": " + operand + " is a buffer of " + spanOrNull.buffer().dtype() + ", but must be of "
              + expected);
    }
  }

  /** Throws unless a span, which may be null, starts on a multiple of so many bytes. */
  static void checkAlignment(String kernel, String operand, Span spanOrNull, int bytes) {
    if (spanOrNull != null && place(spanOrNull) % bytes != 0) {
      throw new IllegalArgumentException(
          kernel + ": " + operand + " start at element " + spanOrNull.offset() + ", but must start on "
              + bytes + " bytes");
    }
  }

  private static CudaBuffer cuda(Span span) {
    if (!(span.buffer() instanceof CudaBuffer buffer)) {
      throw new IllegalArgumentException(
          "cuda: the kernel was given a buffer of another backend; copy it over the host first");
    }
    if (!buffer.isAlive()) {
      buffer.retain(); // throws the sentence that says what happened
    }
    return buffer;
  }

  @Override
  protected void recycle() {
    memory.clean();
  }
}
