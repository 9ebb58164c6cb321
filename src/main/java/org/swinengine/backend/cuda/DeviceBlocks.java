package org.swinengine.backend.cuda;

/** Where buffers have their memory from. */
interface DeviceBlocks {
  /** The address of a block of at least so many bytes with undefined contents. */
  long take(long bytes);

  /** Takes back what {@link #take} gave for so many bytes. */
  void giveBack(long address, long bytes);
}
