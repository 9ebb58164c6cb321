package org.swinengine.backend.cuda;

/**
 * How long a kernel takes on an H200, as far as counts can say: whichever of memory, schedulers, shared
 * memory and tensor cores has most to do, and how well the grid fills the GPU. A model, never measured
 * against a device: its efficiencies are what public measurements of like kernels give, and every figure of
 * it is meant within a quarter.
 */
final class GpuTime {
  /** NVIDIA's data sheet of the H200 SXM, and the clock that it holds in products. */
  private static final double MULTIPROCESSORS = 132;
  private static final double CLOCK = 1.75e9;

  /** Copies on one H200, measured, bytes a second; and what kernels like ours reach of it. */
  private static final double BANDWIDTH = 4.3e12;
  private static final double BANDWIDTH_REACHED = 0.8;

  /** A multiprocessor's schedulers start one instruction a clock each, when one is ready. */
  private static final double SCHEDULERS = 4;
  private static final double ISSUE_REACHED = 0.7;

  /** Warps of a multiprocessor, four a scheduler, from which on one is ready at nearly each clock. */
  private static final double WARPS_THAT_FILL = 16;

  /** One pass over shared memory a clock. */
  private static final double SHARED_REACHED = 0.85;

  /**
   * Clocks of a multiprocessor for an mma of 16 × 8 × 16: 63 % of the tensor cores' peak, which is what
   * public measurements of mma.sync on Hopper end at (494 of 757 TFLOP/s on an H800).
   */
  private static final double CLOCKS_OF_A_PRODUCT = 406.0 / 256;
  private static final double TENSOR_REACHED = 0.9;

  /** What passes between two kernels of a stream, and what a launch costs the host, in seconds. */
  private static final double GAP = 1e-6;
  private static final double HOST_OF_A_LAUNCH = 6e-6;

  /** Threads and blocks of a multiprocessor, of compute capability 9.0. */
  private static final int THREADS = 2048;
  private static final int BLOCKS = 32;
  private static final int REGISTERS = 65536;
  private static final int SHARED_BYTES = 228 * 1024;
  private static final int SHARED_FOR_SYSTEM = 1024;

  private GpuTime() {}

  /**
   * What bounds a kernel.
   *
   * @param memory seconds that its operands take to be moved once
   * @param issue seconds of the schedulers
   * @param shared seconds of shared memory
   * @param tensor seconds of the tensor cores
   * @param fill times that they take longer because the last blocks leave multiprocessors idle
   */
  record Bounds(double memory, double issue, double shared, double tensor, double fill) {
    double seconds() {
      return Math.max(memory, fill * Math.max(issue, Math.max(shared, tensor))) + GAP;
    }

    String bound() {
      double most = Math.max(issue, Math.max(shared, tensor));
      return memory >= fill * most ? "memory"
          : issue == most ? "issue" : shared == most ? "shared" : "tensor";
    }
  }

  /**
   * The bounds of a launch.
   *
   * @param threads of a block
   * @param blocksAtOnce of a multiprocessor
   * @param bytes that operands and results have
   * @param slots instructions of machine code
   * @param wavefronts passes over shared memory
   * @param products of 16 × 8 × 16
   */
  static Bounds of(
      long blocks, int threads, int blocksAtOnce, long bytes, double slots, double wavefronts,
      double products) {
    double clocks = MULTIPROCESSORS * CLOCK;
    double most = Math.ceil(blocks / MULTIPROCESSORS); // blocks of the busiest multiprocessor
    double warps = Math.min(most, blocksAtOnce) * threads / 32;
    double reached = ISSUE_REACHED * Math.min(1, warps / WARPS_THAT_FILL);
    return new Bounds(bytes / (BANDWIDTH * BANDWIDTH_REACHED), slots / (clocks * SCHEDULERS * reached),
        wavefronts / (clocks * SHARED_REACHED), products * CLOCKS_OF_A_PRODUCT / (clocks * TENSOR_REACHED),
        most * MULTIPROCESSORS / blocks);
  }

  /** Blocks that run on a multiprocessor at a time. */
  static int blocksAtOnce(int registers, int threads, int sharedBytes) {
    int ofRegisters = REGISTERS / (threads * ((registers + 7) / 8 * 8));
    int ofShared = SHARED_BYTES / (sharedBytes + SHARED_FOR_SYSTEM);
    return Math.max(1, Math.min(Math.min(ofRegisters, ofShared), Math.min(BLOCKS, THREADS / threads)));
  }

  /** A step's time: kernels one after the other, or the host's launches where these take longer. */
  static double ofStep(double kernels, long launches) {
    return Math.max(kernels, launches * HOST_OF_A_LAUNCH);
  }
}
