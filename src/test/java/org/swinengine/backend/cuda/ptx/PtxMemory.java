package org.swinengine.backend.cuda.ptx;

/** Global memory as kernels see it. */
public interface PtxMemory {
  /** Bytes 1 to 8 from an address, as an unsigned little-endian number. */
  long read(long address, int bytes);

  void write(long address, long value, int bytes);
}
