package org.swinengine.backend;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Device memory of one element type, counted by reference. A new buffer has one reference; when the last one
 * is released the memory goes back to its backend's pool and the buffer must not be used any more. A buffer
 * whose references are never released is freed when it becomes unreachable.
 *
 * <p>Contents of a new buffer are undefined.
 */
public abstract class Buffer implements Span {
  private final DType dtype;
  private final long size;
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * @param dtype element type
   * @param size number of elements
   */
  protected Buffer(DType dtype, long size) {
    this.dtype = dtype;
    this.size = size;
  }

  /** Element type. */
  public final DType dtype() {
    return dtype;
  }

  /** Number of elements. */
  public final long size() {
    return size;
  }

  @Override
  public final Buffer buffer() {
    return this;
  }

  @Override
  public final long offset() {
    return 0;
  }

  /** Adds a reference. */
  public final void retain() {
    if (references.getAndIncrement() <= 0) {
      references.decrementAndGet();
      throw freed();
    }
  }

  /** Gives a reference back; the last one returns the memory to the pool. */
  public final void release() {
    int left = references.decrementAndGet();
    if (left == 0) {
      recycle();
    } else if (left < 0) {
      throw freed();
    }
  }

  /** Whether the memory is still this buffer's. */
  public final boolean isAlive() {
    return references.get() > 0;
  }

  /** Returns the memory to the pool. Called once, by the release of the last reference. */
  protected abstract void recycle();

  private IllegalStateException freed() {
    return new IllegalStateException(
        "a buffer of " + size + " " + dtype
            + " elements was used after its scope gave it back; keep the tensor with Scope.keep or copy it to"
            + " the host before the scope ends");
  }
}
