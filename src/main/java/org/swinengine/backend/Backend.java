package org.swinengine.backend;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A device and its kernels, in families. A backend knows buffers and sizes; it knows nothing of tensors,
 * gradients or models. All arrays are row-major. Every kernel is deterministic: its result depends on its
 * arguments alone, never on the number of threads, the vector width, or what ran before.
 *
 * <p>Kernels may run asynchronously; calls are ordered, and downloads wait for what they read. Backends may
 * be used from several threads at once.
 */
public interface Backend extends AutoCloseable {
  /** What {@code --device} calls it: {@code cpu}, {@code reference}. */
  String name();

  /** One line for people: the processor, threads, vector width. */
  String describe();

  /**
   * Type of activations and their gradients. Kernels take it from the buffers that they are given; every
   * activation of one call has the same.
   */
  DType computeType();

  /**
   * Type of everything that half precision would spoil: parameters and their gradients, biases, norms'
   * weights, row statistics, factors of rows, losses, optimizer state. It is {@link #computeType} but in
   * mixed precision.
   */
  default DType masterType() {
    return computeType();
  }

  MemoryKernels memory();

  MatrixKernels matrix();

  NormKernels norm();

  AttentionKernels attention();

  WindowKernels window();

  PatchKernels patch();

  PointwiseKernels pointwise();

  ReduceKernels reduce();

  LossKernels loss();

  OptimizerKernels optimizer();

  RandomKernels random();

  /**
   * Which libraries compute beside the own kernels, with their versions: results have other last digits with
   * others. Empty: none.
   */
  default String libraries() {
    return "";
  }

  /**
   * What matrix products round the elements of their float32 operands to, like {@code TF32}: results have
   * other digits then. Empty: to nothing.
   */
  default String productRounding() {
    return "";
  }

  /** A library's convolution for patch embeddings; null where there is none, as a rule. */
  default @Nullable PatchConvolution patchConvolution() {
    return null;
  }

  /**
   * Whether gradients of layers should give DropPath's factors to the products, instead of a pass over
   * activations of this type before them. It is so where passes over memory cost more than what they compute.
   * Both ways are right everywhere; their rounding differs.
   */
  default boolean joinsPasses(DType activations) {
    return false;
  }

  /** Channels that a head of attention may have; a model with more cannot be computed here. */
  default int mostHeadChannels() {
    return Integer.MAX_VALUE;
  }

  /**
   * Whether operations that a tape records should keep what the forward pass has written anyway and a
   * weight's gradient reads, the rows that LayerNorm and GELU have made, instead of making them again of what
   * is kept in any case. It spares a pass over activations of this type for each and takes their memory until
   * the gradient has been computed: with it a block of a transformer whose MLP is four times as wide keeps 16
   * times its input's bytes, without 10 times.
   */
  default boolean keepsActivations(DType activations) {
    return false;
  }

  /**
   * Whether a layer may read two tensors side by side without a copy that holds both,
   * {@link MatrixKernels#linearOfPair}.
   *
   * @param columns of each of the two
   */
  default boolean multipliesPairs(DType activations, int columns, int outFeatures) {
    return false;
  }

  /**
   * Whether pictures should come as 8-bit pixels, {@link MemoryKernels#uploadPixels}, where they can: it
   * saves a device that has its own memory three quarters of what has to be copied to it. Otherwise whoever
   * prepares pictures makes their floats as well.
   */
  default boolean prefersPixels() {
    return false;
  }

  /**
   * Told which attention a model will compute, as early as possible. A backend whose kernels are slow at
   * first has these made ready meanwhile; one that is not told does both.
   *
   * @param windows whether attention is within windows
   */
  default void prepareAttention(boolean windows) {}

  /**
   * Told before gradients are computed. A backend whose kernels are slow at first has those of training made
   * ready the first time.
   */
  default void prepareGradients() {}

  /**
   * From now on, until what is returned is closed on this thread, sums of this thread's calls that are split
   * into parts may wait, to be finished together: a backward pass has many of them. Nobody can tell but by
   * the time: whatever reads or writes a result finds it finished, and has the same bits. Stretches may be
   * within each other.
   */
  default Deferral deferSums() {
    return Deferral.NONE;
  }

  /** Bytes from which on parts of sums wait no longer; 0: nothing waits. */
  default long deferredBytes() {
    return 0;
  }

  /** What kernels take for themselves. */
  default KernelMemory kernelMemory() {
    return KernelMemory.NONE;
  }

  /**
   * What no product can exceed: the rate of fused multiply-adds on registers alone, on all the threads that
   * compute and in the vector width in use. It is measured at each call, which takes about a second.
   *
   * @return GFLOP/s, a multiply-add counted as two; empty where a device does not measure it
   */
  default OptionalDouble measurePeakGflops() {
    return OptionalDouble.empty();
  }

  /**
   * Memory of the device's own that new buffers may take, what waits in its pool included.
   *
   * @return bytes; empty where buffers are in the processor's memory
   */
  default OptionalLong freeBytes() {
    return OptionalLong.empty();
  }

  /** Whether {@link #record} records on this device. */
  default boolean records() {
    return false;
  }

  /**
   * Makes kernel calls, and records them where the device can make them again as one call, which spares the
   * host's time for each. They have to be the same every time: kernels, copies and fills on the device, which
   * write to buffers that are there before and read such buffers or what they wrote. They may allocate what
   * they give back before they end. A device that records makes them twice, once to be done and once to be
   * recorded, on the calling thread; others may use the device meanwhile.
   *
   * @return empty where the calls were made, but cannot be recorded: not on this device, or because they
   *     bring something from the host or to it, wait, or keep memory
   * @throws DeviceException if they cannot be recorded, and the backend was opened with {@link CudaGraphs#ON}
   */
  default Optional<Recording> record(Runnable calls) {
    calls.run();
    return Optional.empty();
  }

  /**
   * Begins a step that may be like the one before. A device that records ({@link CudaGraphs}) then keeps what
   * the calling thread asks for until the step ends, and where that is the same as last time, to the last
   * address, asks for it as one call. Whoever makes the calls sees no difference, and has nothing to promise:
   * where a step differs, it runs call by call. Numbers that differ by their nature (learning rates, the step
   * of random keys, labels) are no difference.
   *
   * @param likeness equal for steps that are expected to be alike: what their shapes depend on
   * @return to be closed at the step's end, on the same thread
   * @throws DeviceException when a step is closed that cannot be recorded, and the backend was opened with
   *     {@link CudaGraphs#ON}
   */
  default Repetition repeating(Object likeness) {
    return Repetition.NONE;
  }

  /**
   * No more steps come that are like those so far ({@link #repeating}): what the device keeps for them, a
   * step's memory, may serve others.
   */
  default void endRepetitions() {}

  /** Waits until everything that was asked for is done. */
  default void synchronize() {}

  /** Ends the backend's threads and drops its pool. */
  @Override
  void close();
}
