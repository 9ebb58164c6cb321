package org.swinengine.backend.cuda;

/**
 * Steers the CUDA emulator from a test. The methods are implemented by the emulator's library itself
 * ({@code src/test/cuda/controls.cpp}), so they work once {@link CudaEmulator#library()} has been loaded with
 * {@link System#load} by the class loader of this class, and throw {@link UnsatisfiedLinkError} before.
 */
final class EmulatorControls {
  private EmulatorControls() {}

  /**
   * Chooses the order of warps, lanes, asynchronous copies, blocks and stream work. Seed 0 does everything at
   * once and in ascending order; the others vary it, reproducibly. A test of a kernel runs with seeds 0 to 4.
   */
  static native void schedule(int seed);

  /**
   * Lets one launch fail after {@code launchesBefore} more have succeeded.
   *
   * @param code a CUresult; those that end a real device's context (700, 702, 710, 714–719, 999) are sticky
   */
  static native void failLaunch(long launchesBefore, int code);

  /** Lets one allocation fail as out of memory after {@code allocationsBefore} more have succeeded. */
  static native void failAllocation(long allocationsBefore);

  /** Lets all allocations of pinned memory fail, or none any more. */
  static native void failPinned(boolean from);

  /** Sets the size of the device's memory in bytes. What is allocated already stays. */
  static native void limitMemory(long bytes);

  /** Loses the device after {@code callsBefore} more driver calls: from then on every call answers 999. */
  static native void loseDevice(long callsBefore);

  /**
   * Lets the driver and its GPUs look like others.
   *
   * @param capability ten times the compute capability: 75 for 7.5
   * @param driverVersion the newest CUDA that the driver knows: 11000 for 11.0
   * @param devices how many GPUs there are, 1 to 8; they share their memory
   */
  static native void pretend(int capability, int driverVersion, int devices);

  /** What {@link #count} gives: since the last reset, over all kernels. */
  enum Counted {
    /** Products of 16 × 8 × 16 on tensor cores. */
    PRODUCTS,
    /** Loads of four 8 × 8 matrices by a warp. */
    MATRIX_LOADS,
    /** Passes over shared memory that these take: four each where no banks meet. */
    MATRIX_PASSES,
    /** Asynchronous copies of 16 bytes that read memory. */
    COPIES,
    /** Those that store zeros alone. */
    EMPTY_COPIES
  }

  static long count(Counted what) {
    return count(what.ordinal());
  }

  private static native long count(int which);

  /**
   * A fresh device: no fault, no planned failures, seed 0, 4 GiB, one GPU of 9.0. Drops pending work, keeps
   * allocations.
   */
  static native void reset();

  /**
   * Lets every so many driver calls wait until {@link #endPause}, whatever thread they come from: what lies
   * on the disk meanwhile is what a kill would leave.
   *
   * @param calls 0: none any more, and what waits goes on
   */
  static native void pauseEvery(long calls);

  /** Waits until a call waits; false if none does after that time. */
  static native boolean awaitPause(long milliseconds);

  /** Lets calls go on until the next pause. */
  static native void endPause();

  /** Kernels that have run since {@link #reset}, those in graphs included. */
  static native long launches();

  /**
   * Begins or ends a record of what is asked of the driver; {@link RecordedCalls} reads it.
   *
   * @param which 0 for none, 1 to record while everything runs, 2 to record kernels of many threads without
   *     running them
   */
  static native void ledger(int which);

  static native long recordedCalls();

  /** The address of a recorded call. */
  static native long recordedCall(long index);

  /** Reads up to eight bytes of this process's memory, which device memory is. */
  static native long peek(long address, int bytes);

  static native void poke(long address, long value, int bytes);
}
