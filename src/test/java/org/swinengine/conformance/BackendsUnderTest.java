package org.swinengine.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.cpu.CpuBackendsForTests;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.backend.reference.ReferenceBackend;

/**
 * The one list of what the conformance suite compares with the reference. Opened once for all tests.
 *
 * <p>{@code -Dswin.conformance.device=cuda} takes the GPU instead of the CPU: a real one where the driver
 * sees one, else the emulator, on which every case runs under several schedules. With
 * {@code -Dswin.conformance.libraries=on} cuBLAS and cuDNN compute there what they can.
 */
public final class BackendsUnderTest {
  /**
   * A way to run a kernel.
   *
   * @param name for messages
   * @param prepare called before each case
   */
  public record Variant(String name, Backend backend, Runnable prepare) {}

  /**
   * Variants that must agree to the bit; the first is compared with the reference.
   *
   * @param computeType type of their activations
   * @param twinOrNull what some kernels agree with to the bit too, see {@link SameBits}
   */
  public record Group(DType computeType, List<Variant> variants, @Nullable Variant twinOrNull) {
    /** The backend of each variant. */
    List<Backend> backends() {
      return variants.stream().map(Variant::backend).toList();
    }
  }

  private static final boolean CUDA = System.getProperty("swin.conformance.device", "cpu").equals("cuda");

  /** Other libraries add in an order of their own. */
  private static final boolean OWN_KERNELS = !CudaBackendsForTests.LIBRARIES;

  private static final class Opened {
    static final List<Group> GROUPS = CUDA ? cuda() : cpu();

    private static List<Group> cpu() {
      return List.of(
          new Group(
              DType.FLOAT32,
              List.of(
                  new Variant("cpu, 1 thread", new CpuBackend(1), () -> {}),
                  new Variant("cpu, 2 threads", new CpuBackend(2), () -> {}),
                  new Variant("cpu, 2 threads, scalar twin", CpuBackendsForTests.scalarTwin(2), () -> {})),
              null));
    }

    private static List<Group> cuda() {
      List<Group> groups = new ArrayList<>();
      for (DType type : List.of(DType.FLOAT32, DType.BF16)) {
        Backend backend = CudaBackendsForTests.open(type);
        List<Variant> variants = new ArrayList<>();
        for (int schedule : CudaBackendsForTests.schedules()) {
          variants.add(
              new Variant(
                  "cuda, " + type + ", schedule " + schedule,
                  backend,
                  () -> CudaBackendsForTests.schedule(schedule)));
        }
        Variant cpu = new Variant("cpu, 2 threads", new CpuBackend(2), () -> {});
        groups.add(new Group(type, variants, type == DType.FLOAT32 && OWN_KERNELS ? cpu : null));
      }
      return groups;
    }
  }

  public static final Backend REFERENCE = new ReferenceBackend();

  private BackendsUnderTest() {}

  private static final class TensorFloat {
    static final List<Group> GROUPS = List.of(group());

    private static Group group() {
      Backend backend = CudaBackendsForTests.openTensorFloat();
      List<Variant> variants = new ArrayList<>();
      for (int schedule : CudaBackendsForTests.schedules()) {
        variants.add(
            new Variant(
                "cuda, TF32, schedule " + schedule, backend, () -> CudaBackendsForTests.schedule(schedule)));
      }
      return new Group(DType.FLOAT32, variants, null);
    }
  }

  /** A GPU that multiplies in TF32; skips the test without one, and where a build asks for another. */
  static List<Group> tensorFloat() {
    assumeTrue(CUDA, "TF32 is for swin.conformance.device=cuda");
    CudaBackendsForTests.assumeAvailable();
    return TensorFloat.GROUPS;
  }

  /** Whether kernels run on an emulated GPU, which is slow. */
  static boolean isEmulated() {
    return CUDA && CudaBackendsForTests.isEmulated();
  }

  /** All groups; skips the test where what the build asks for is not there. */
  public static List<Group> groups() {
    if (CUDA) {
      CudaBackendsForTests.assumeAvailable();
    } else {
      assumeTrue(
          CpuBackendsForTests.hasAskedWidth(),
          "this processor's vectors are narrower than swin.simd=" + System.getProperty("swin.simd"));
    }
    return Opened.GROUPS;
  }
}
