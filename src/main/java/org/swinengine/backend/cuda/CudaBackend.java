package org.swinengine.backend.cuda;

import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Backend;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.CudaReport;
import org.swinengine.backend.DType;
import org.swinengine.backend.Deferral;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.KernelMemory;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.PatchConvolution;
import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.Recording;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Repetition;
import org.swinengine.backend.WindowKernels;

/**
 * NVIDIA GPUs from compute capability 8.0 on, through the driver alone: JCuda and the kernels in {@code
 * src/main/cuda}. Activations are float32, or bf16 with float32 accumulation; parameters, statistics and
 * losses are float32 always.
 */
public final class CudaBackend implements Backend {
  private final CudaDevice device;
  private final DType computeType;
  private final boolean tensorFloat;
  private final CudaMemory memory;
  private final GraphRecorder graphs;
  private final CudaMatrix matrix;
  private final NormKernels norm;
  private final AttentionKernels attention;
  private final WindowKernels window;
  private final PatchKernels patch;
  private final PointwiseKernels pointwise;
  private final ReduceKernels reduce;
  private final LossKernels loss;
  private final OptimizerKernels optimizer;
  private final RandomKernels random;
  private final @Nullable CudaBlas blas;
  private final @Nullable CudaDnn dnn;
  private final @Nullable PatchConvolution patchConvolution;

  /** Opens a GPU for own kernels alone; see {@link #CudaBackend(int, DType, GpuLibraries)}. */
  public CudaBackend(int ordinal, DType computeType) {
    this(ordinal, computeType, GpuLibraries.NONE);
  }

  /**
   * Opens a GPU.
   *
   * @param ordinal its number, from 0
   * @param computeType type of activations: {@link DType#FLOAT32} or {@link DType#BF16}
   * @param libraries of NVIDIA's that may compute beside the own kernels
   * @throws IllegalArgumentException with a sentence for the user if there is no such GPU or it cannot be
   *     used, or a library is wanted that cannot be
   */
  public CudaBackend(int ordinal, DType computeType, GpuLibraries libraries) {
    this(ordinal, computeType, libraries, CudaGraphs.AUTO);
  }

  /**
   * Opens a GPU.
   *
   * @param use whether passes that repeat become graphs
   * @see #CudaBackend(int, DType, GpuLibraries)
   */
  public CudaBackend(int ordinal, DType computeType, GpuLibraries libraries, CudaGraphs use) {
    this(ordinal, computeType, libraries, use, false);
  }

  /**
   * Opens a GPU.
   *
   * @param roundsProducts whether the tensor cores multiply float32 matrices, whose elements they round to
   *     TF32; attention stays float32. Nothing changes in bf16
   * @see #CudaBackend(int, DType, GpuLibraries, CudaGraphs)
   */
  public CudaBackend(
      int ordinal, DType computeType, GpuLibraries libraries, CudaGraphs use, boolean roundsProducts) {
    if (computeType != DType.FLOAT32 && computeType != DType.BF16) {
      throw new IllegalArgumentException("device cuda computes in FLOAT32 or BF16, not in " + computeType);
    }
    this.computeType = computeType;
    tensorFloat = roundsProducts && computeType == DType.FLOAT32;
    device = new CudaDevice(ordinal);
    memory = new CudaMemory(device);
    graphs = new GraphRecorder(device, memory, use);
    memory.pool().whenShort(() -> device.sums().finish());
    CudaReduce reduceKernels = new CudaReduce(device, memory);
    CudaNorm normKernels = new CudaNorm(device, memory, reduceKernels);
    CudaPointwise pointwiseKernels = new CudaPointwise(device);
    norm = normKernels;
    pointwise = pointwiseKernels;
    reduce = reduceKernels;
    try {
      dnn = CudaDnn.open(device, libraries.cudnn());
      blas = CudaBlas.open(device, memory, pointwiseKernels, libraries.cublas(), computeType, tensorFloat);
    } catch (IllegalArgumentException | DeviceException e) {
      memory.close();
      device.close();
      throw e;
    }
    CudaMatrix matrixKernels =
        new CudaMatrix(device, memory, normKernels, pointwiseKernels, reduceKernels, blas, tensorFloat);
    CudaPatch patchKernels = new CudaPatch(device, normKernels);
    matrix = matrixKernels;
    patch = patchKernels;
    patchConvolution =
        dnn == null
            ? null
            : new CudnnConvolution(
                dnn, memory, matrixKernels, patchKernels, pointwiseKernels, reduceKernels, computeType,
                tensorFloat);
    attention = new CudaAttention(device, memory, reduceKernels);
    window = new CudaWindow(device);
    loss = new CudaLoss(device, dnn);
    optimizer = new CudaOptimizer(device);
    random = new CudaRandom(device);
  }

  /** Products that cuBLAS has done. */
  long productsByCublas() {
    return blas == null ? 0 : blas.products();
  }

  /** The GPU's compute capability, like 9.0. */
  String capabilityName() {
    return device.capabilityName();
  }

  /** What this thread has put off. */
  DeferredSums sums() {
    return device.sums();
  }

  /** How many GPUs the driver sees; 0 without one. */
  public static int count() {
    return CudaDevice.count();
  }

  /** Why no GPU can be used here: a sentence without its end, or null if one can. */
  public static String reasonForAbsence() {
    String reason = DriverLibrary.reasonForAbsence();
    return reason == null && CudaDevice.count() == 0
        ? "the NVIDIA driver is there, but it sees no GPU; check `nvidia-smi`, and CUDA_VISIBLE_DEVICES"
        : reason;
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public String describe() {
    String type =
        computeType == DType.BF16 ? "bf16 with float32 accumulation"
            : tensorFloat ? "float32 with products in TF32" : "float32";
    return "cuda:" + device.ordinal() + ": " + device.deviceName() + ", compute capability "
        + device.capabilityName()
        + ", " + type + (blas == null ? "" : ", " + blas.describe())
        + (dnn == null ? "" : ", " + dnn.describe()) + images();
  }

  /** Where the driver has to compile the kernels, a first start would seem to hang without a word. */
  private String images() {
    CudaReport.KernelForm form = device.images().form(KernelImages.PROBE);
    return form == CudaReport.KernelForm.MACHINE_CODE
        ? ""
        : "; its driver compiles each kernel at the first use, once, some seconds in all";
  }

  @Override
  public String libraries() {
    String products = blas == null ? "" : blas.describe();
    return dnn == null ? products : products + (blas == null ? "" : ", ") + dnn.describe();
  }

  @Override
  public String productRounding() {
    return tensorFloat ? "TF32" : "";
  }

  @Override
  public DType computeType() {
    return computeType;
  }

  @Override
  public boolean joinsPasses(DType activations) {
    return activations == DType.BF16;
  }

  @Override
  public boolean multipliesPairs(DType activations, int columns, int outFeatures) {
    return PairProducts.take(activations, columns, outFeatures);
  }

  @Override
  public boolean keepsActivations(DType activations) {
    return activations == DType.BF16;
  }

  @Override
  public DType masterType() {
    return DType.FLOAT32;
  }

  @Override
  public int mostHeadChannels() {
    return Math.min(WindowCall.MOST_HEAD_CHANNELS, CudaGlobalAttention.MOST_HEAD_CHANNELS);
  }

  @Override
  public boolean prefersPixels() {
    return true;
  }

  @Override
  public MemoryKernels memory() {
    return memory;
  }

  @Override
  public MatrixKernels matrix() {
    return matrix;
  }

  @Override
  public NormKernels norm() {
    return norm;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public WindowKernels window() {
    return window;
  }

  @Override
  public PatchKernels patch() {
    return patch;
  }

  @Override
  public PointwiseKernels pointwise() {
    return pointwise;
  }

  @Override
  public ReduceKernels reduce() {
    return reduce;
  }

  @Override
  public LossKernels loss() {
    return loss;
  }

  @Override
  public OptimizerKernels optimizer() {
    return optimizer;
  }

  @Override
  public RandomKernels random() {
    return random;
  }

  @Override
  public @Nullable PatchConvolution patchConvolution() {
    return patchConvolution;
  }

  @Override
  public OptionalLong freeBytes() {
    return OptionalLong.of(device.freeAndTotalMemory()[0] + memory.statistics().pooledBytes());
  }

  @Override
  public Deferral deferSums() {
    DeferredSums sums = device.sums();
    sums.open();
    return sums::close;
  }

  @Override
  public long deferredBytes() {
    return DeferredSums.MOST_WAITING_BYTES;
  }

  @Override
  public KernelMemory kernelMemory() {
    return new CudaKernelMemory(norm, matrix);
  }

  @Override
  public boolean records() {
    return graphs.records();
  }

  @Override
  public Optional<Recording> record(Runnable calls) {
    device.sums().finish(); // no part of what is recorded
    return graphs.record(() -> {
      calls.run();
      device.sums().finish();
    });
  }

  @Override
  public Repetition repeating(Object likeness) {
    return graphs.repeating(likeness);
  }

  @Override
  public void endRepetitions() {
    graphs.endSteps();
  }

  @Override
  public void synchronize() {
    device.synchronize();
  }

  @Override
  public void close() {
    try {
      graphs.endAll();
      if (blas != null) {
        blas.close();
      }
      if (dnn != null) {
        dnn.close();
      }
      memory.close();
    } finally {
      device.close(); // also where the device is lost just now
    }
  }
}
