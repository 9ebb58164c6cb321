package org.swinengine.backend.cuda;

import java.util.OptionalLong;
import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Backend;
import org.swinengine.backend.CudaReport;
import org.swinengine.backend.DType;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.WindowKernels;

/**
 * NVIDIA GPUs from compute capability 8.0 on, through the driver alone: JCuda and the kernels in {@code
 * src/main/cuda}. Activations are float32, or bf16 with float32 accumulation; parameters, statistics and
 * losses are float32 always.
 */
public final class CudaBackend implements Backend {
  private final CudaDevice device;
  private final DType computeType;
  private final CudaMemory memory;
  private final MatrixKernels matrix;
  private final NormKernels norm;
  private final AttentionKernels attention;
  private final WindowKernels window;
  private final PatchKernels patch;
  private final PointwiseKernels pointwise;
  private final ReduceKernels reduce;
  private final LossKernels loss;
  private final OptimizerKernels optimizer;
  private final RandomKernels random;

  /**
   * Opens a GPU.
   *
   * @param ordinal its number, from 0
   * @param computeType type of activations: {@link DType#FLOAT32} or {@link DType#BF16}
   * @throws IllegalArgumentException with a sentence for the user if there is no such GPU or it cannot be
   *     used
   */
  public CudaBackend(int ordinal, DType computeType) {
    if (computeType != DType.FLOAT32 && computeType != DType.BF16) {
      throw new IllegalArgumentException("device cuda computes in FLOAT32 or BF16, not in " + computeType);
    }
    this.computeType = computeType;
    device = new CudaDevice(ordinal);
    memory = new CudaMemory(device);
    CudaNorm normKernels = new CudaNorm(device, memory);
    CudaPointwise pointwiseKernels = new CudaPointwise(device);
    CudaReduce reduceKernels = new CudaReduce(device, memory);
    norm = normKernels;
    pointwise = pointwiseKernels;
    reduce = reduceKernels;
    matrix = new CudaMatrix(device, memory, normKernels, pointwiseKernels, reduceKernels);
    attention = new CudaAttention(device, memory);
    window = new CudaWindow(device);
    patch = new CudaPatch(device, normKernels);
    loss = new CudaLoss(device);
    optimizer = new CudaOptimizer(device);
    random = new CudaRandom(device);
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
    String type = computeType == DType.BF16 ? "bf16 with float32 accumulation" : "float32";
    return "cuda:" + device.ordinal() + ": " + device.deviceName() + ", compute capability "
        + device.capabilityName()
        + ", " + type + images();
  }

  /** Where the driver has to compile the kernels, a first start would seem to hang without a word. */
  private String images() {
    CudaReport.KernelForm form = device.images().form(KernelImages.PROBE);
    return form == CudaReport.KernelForm.MACHINE_CODE
        ? ""
        : "; its driver compiles each kernel at the first use, once, some seconds in all";
  }

  @Override
  public DType computeType() {
    return computeType;
  }

  @Override
  public DType masterType() {
    return DType.FLOAT32;
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
  public OptionalLong freeBytes() {
    return OptionalLong.of(device.freeAndTotalMemory()[0] + memory.statistics().pooledBytes());
  }

  @Override
  public void synchronize() {
    device.synchronize();
  }

  @Override
  public void close() {
    memory.close();
    device.close();
  }
}
