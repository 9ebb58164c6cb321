package org.swinengine.backend.cuda;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.swinengine.backend.CudaReport;
import org.swinengine.backend.DeviceException;

/**
 * One GPU: its primary context, one stream in which everything but copies of pictures
 * ({@link PixelUpload}) runs in the order of the calls, and the kernels. Any thread may call; {@link #enter}
 * makes the context current on it.
 *
 * <p>With one stream, memory that was given back can be handed out again at once: whoever writes to it next
 * comes later in the stream than whoever read it last.
 */
final class CudaDevice implements AutoCloseable {
  /** Waits after each kernel, so that a fault is reported by the kernel that made it. */
  static final boolean BLOCKING = Boolean.getBoolean("swin.cuda.blocking");

  /** Whose context is current on a thread; one mark for all devices, since a thread has one context. */
  private static final ThreadLocal<Object> CURRENT = new ThreadLocal<>();

  /** Stands for this device in {@link #CURRENT}, which so keeps nothing alive. */
  private final Object mark = new Object();

  private final int ordinal;
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream();
  private final KernelImages images = new KernelImages(this);
  private final Map<String, Kernel> kernels = new ConcurrentHashMap<>();
  private final ThreadLocal<Launch> launches = ThreadLocal.withInitial(() -> new Launch(this));
  private final ThreadLocal<DeferredSums> sums = ThreadLocal.withInitial(() -> new DeferredSums(this));
  private final RecentLaunches recent = new RecentLaunches();
  private final int capability;
  private final int multiprocessors;
  private volatile DeviceException failure;
  private volatile boolean closed;

  /**
   * @param ordinal number of the GPU, from 0
   * @throws IllegalArgumentException with a sentence for the user if it cannot be used
   */
  CudaDevice(int ordinal) {
    this.ordinal = ordinal;
    String reason = DriverLibrary.reasonForAbsence();
    if (reason != null) {
      throw new IllegalArgumentException("device cuda: " + reason);
    }
    int count = count();
    if (ordinal >= count) {
      throw new IllegalArgumentException(
          "device cuda:" + ordinal + ": there is no such GPU; the driver sees " + count
              + ", numbered from 0");
    }
    check(JCudaDriver.cuDeviceGet(device, ordinal), "opening the GPU");
    capability =
        10 * attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
            + attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    multiprocessors = attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    if (capability < KernelImages.OLDEST_CAPABILITY) {
      throw new IllegalArgumentException(
          "device cuda:" + ordinal + ": " + deviceName() + " has compute capability " + capabilityName()
              + ", but the kernels need 8.0 or newer (Ampere); use `device` cpu");
    }
    check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "opening the GPU's context");
    try {
      enter();
      check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
      CudaReport.KernelForm form = images.form(KernelImages.PROBE);
      if (form == CudaReport.KernelForm.REFUSED || form == CudaReport.KernelForm.MISSING) {
        JCudaDriver.cuStreamDestroy(stream);
        throw new IllegalArgumentException(
            "device cuda:" + ordinal + ": the driver takes neither the machine code nor the PTX of this build"
                + " (" + images.refusal()
                + "); it wants a driver of version 450 or newer, or use `device` cpu");
      }
    } catch (DeviceException | IllegalArgumentException e) {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
      throw e;
    }
  }

  /** Number of GPUs that the driver sees; 0 without a driver. */
  static int count() {
    int[] count = new int[1];
    return DriverLibrary.reasonForAbsence() == null && JCudaDriver.cuDeviceGetCount(count) == CUDA_SUCCESS
        ? count[0]
        : 0;
  }

  /** The driver's CUDA version, e.g. 12060 for 12.6. */
  static int driverVersion() {
    int[] version = new int[1];
    JCudaDriver.cuDriverGetVersion(version);
    return version[0];
  }

  int attribute(int attribute) {
    int[] value = new int[1];
    check(JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "asking for an attribute of the GPU");
    return value[0];
  }

  /** Marketing name, e.g. NVIDIA H200. */
  String deviceName() {
    byte[] name = new byte[256];
    check(JCudaDriver.cuDeviceGetName(name, name.length, device), "asking for the GPU's name");
    int end = 0;
    while (end < name.length && name[end] != 0) {
      end++;
    }
    return new String(name, 0, end, StandardCharsets.UTF_8);
  }

  int ordinal() {
    return ordinal;
  }

  /** Ten times the compute capability: 90 for 9.0. */
  int capability() {
    return capability;
  }

  /** The compute capability as NVIDIA writes it: 9.0. */
  String capabilityName() {
    return capability / 10 + "." + capability % 10;
  }

  int multiprocessors() {
    return multiprocessors;
  }

  /** Bytes that no process uses, and bytes that there are. */
  long[] freeAndTotalMemory() {
    enter();
    long[] free = new long[1];
    long[] total = new long[1];
    check(JCudaDriver.cuMemGetInfo(free, total), "asking for the GPU's memory");
    return new long[] {free[0], total[0]};
  }

  /**
   * Where this thread's calls go: the device's one stream, unless they are captured. What was kept of a step
   * goes there first: whoever asks has a call that cannot be kept.
   */
  CUstream stream() {
    Launch launch = launches.get();
    if (launch.calls() != null) {
      launch.calls().flush();
    }
    GraphCapture capture = launch.capture();
    CUstream side = capture == null ? null : capture.streamOrNull();
    return side == null ? stream : side;
  }

  /** What this thread's calls are to become; null: nothing. */
  GraphCapture capture() {
    return launches.get().capture();
  }

  /** From now on this thread's calls are to become a graph, or, with null, no longer. */
  void capturing(GraphCapture captureOrNull) {
    launches.get().setCapture(captureOrNull);
  }

  /** Where this thread's calls are kept until they are asked for together; null: nowhere. */
  StepCalls calls() {
    return launches.get().calls();
  }

  /** From now on this thread's calls are kept there, or, with null, made at once. */
  void keepingCalls(StepCalls callsOrNull) {
    launches.get().setCalls(callsOrNull);
  }

  /** Until it is closed this thread's calls are made at once, before what is kept. */
  Direct directly() {
    StepCalls kept = calls();
    keepingCalls(null);
    return () -> keepingCalls(kept);
  }

  /** Ends with the calls that are made at once. */
  interface Direct extends AutoCloseable {
    @Override
    void close();
  }

  /** Throws if this thread's calls are being captured. */
  void refuseInCapture(String reason) {
    GraphCapture capture = capture();
    if (capture != null) {
      capture.refuse(reason);
    }
  }

  /** {@link #refuseInCapture}; what is kept of a step is made, and no step like it is kept any more. */
  void refuseGraphs(String reason) {
    refuseInCapture(reason);
    StepCalls kept = calls();
    if (kept != null) {
      kept.giveUp(reason);
    }
  }

  /** Looks at the result of a launch that was kept before, and remembers it. */
  void made(String kernel, int result) {
    recent.add(kernel);
    check(result, "running " + kernel);
  }

  /** Remembers a graph for error messages. */
  void replayed(String graph) {
    recent.add(graph);
  }

  /** The compiled kernels as this device's driver takes them. */
  KernelImages images() {
    return images;
  }

  /**
   * Makes the context current on this thread, which may have used another device last. Every method that
   * calls the driver begins with it.
   */
  void enter() {
    if (failure != null) {
      throw failure;
    }
    if (closed) {
      throw new IllegalStateException("device cuda:" + ordinal + " was closed");
    }
    if (CURRENT.get() != mark) {
      check(JCudaDriver.cuCtxSetCurrent(context), "making the GPU's context current");
      CURRENT.set(mark);
    }
  }

  /**
   * A kernel by its name in the source.
   *
   * @param family the kernel family, which is the name of its source file
   * @param name the kernel's name, with its suffix
   */
  Kernel kernel(String family, String name) {
    Kernel kernel = kernels.get(name);
    return kernel != null ? kernel : kernels.computeIfAbsent(name, n -> load(family, n));
  }

  /**
   * A kernel that uses more dynamic shared memory than the 48 KiB that every kernel may.
   *
   * @param sharedBytes the most that it is launched with
   */
  Kernel kernel(String family, String name, int sharedBytes) {
    Kernel kernel = kernels.get(name);
    return kernel != null ? kernel : kernels.computeIfAbsent(name, n -> load(family, n, sharedBytes));
  }

  /** Nobody sees the kernel before it may use the memory. */
  private Kernel load(String family, String name, int sharedBytes) {
    Kernel kernel = load(family, name);
    check(
        JCudaDriver.cuFuncSetAttribute(
            kernel.function(), CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
            sharedBytes),
        "giving the kernel " + name + " " + sharedBytes + " bytes of shared memory");
    return kernel;
  }

  private Kernel load(String family, String name) {
    enter();
    refuseInCapture("it uses the kernel " + name + " for the first time");
    CUmodule module = images.module(family, name);
    CUfunction function = new CUfunction();
    check(
        JCudaDriver.cuModuleGetFunction(function, module, name),
        "looking for the kernel " + name + " of " + family + ".cu");
    return new Kernel(name, function);
  }

  /** The thread's launch, ready for a kernel's arguments. */
  Launch launch(Kernel kernel) {
    enter();
    return launches.get().of(kernel);
  }

  /** The sums that this thread has put off. */
  DeferredSums sums() {
    return sums.get();
  }

  /** Called with each launch: remembers it for error messages and looks at its result. */
  void launched(Launch launch, int result) {
    recent.add(launch);
    if (result != CUDA_SUCCESS || BLOCKING) {
      String what = "running " + launch;
      check(result, what);
      check(JCudaDriver.cuStreamSynchronize(stream), what);
    }
  }

  /** Waits until everything that was asked for is done. */
  void synchronize() {
    enter();
    refuseInCapture("it waits for the GPU");
    stream(); // with all that is kept
    check(JCudaDriver.cuStreamSynchronize(stream), "waiting for the GPU");
  }

  /**
   * Throws unless a call of the driver succeeded.
   *
   * @param what what was being done, as in "while …"
   */
  void check(int result, String what) {
    if (result == CUDA_SUCCESS) {
      return;
    }
    String status = CudaStatus.describe(result);
    if (CudaStatus.isKernelFault(result)) {
      throw fail(
          "a kernel faulted on the GPU, noticed while " + what + ": " + status + "; launched before it: "
              + recent
              + ". What was on the GPU is lost, files are intact: start again (`resume` goes on from the last"
              + " checkpoint). -Dswin.cuda.blocking=true finds the kernel; please report it");
    }
    if (CudaStatus.isDeviceLost(result)) {
      throw fail(
          "the GPU cuda:" + ordinal + " is lost, noticed while " + what + ": " + status
              + ". Files are intact: check `nvidia-smi` and the system's log, then start again (`resume` goes"
              + " on from the last checkpoint)");
    }
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      throw new DeviceException(
          "the GPU cuda:" + ordinal + " has no memory left for " + what + ": " + status);
    }
    throw new DeviceException("the CUDA driver refused " + what + ": " + status);
  }

  private DeviceException fail(String sentence) {
    DeviceException first = new DeviceException(sentence);
    failure = first;
    return first;
  }

  /** Whether the device has failed, so that no call to it makes sense. */
  boolean hasFailed() {
    return failure != null;
  }

  /** Gives the context back. After a failure there is nothing to wait for. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    // Results are not looked at: on a lost device each of these fails, and nothing more can be done.
    JCudaDriver.cuCtxSetCurrent(context);
    CURRENT.remove(); // whatever this thread uses next has to say so
    JCudaDriver.cuStreamSynchronize(stream);
    images.unload();
    JCudaDriver.cuStreamDestroy(stream);
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
  }
}
