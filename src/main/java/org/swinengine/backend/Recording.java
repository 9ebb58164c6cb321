package org.swinengine.backend;

/**
 * Kernel calls that a device has recorded, {@link Backend#record}, and makes again as one. They read and
 * write the buffers that they read and wrote then, which the recording keeps alive.
 */
public interface Recording extends AutoCloseable {
  /**
   * Makes the calls again, in the order of everything that is asked of the device.
   *
   * @return false, and nothing was done, if the recording has ended: it was closed, or the device was short
   *     of memory and took what the recording held
   */
  boolean replay();

  /** Bytes of device memory that nobody else can have while it lives: what the calls allocate in between. */
  long bytes();

  /** Ends it and gives its memory back. A recording that nobody can reach any more ends by itself. */
  @Override
  void close();
}
