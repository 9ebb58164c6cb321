package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.CUDA_ERROR_LAUNCH_FAILED;
import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuGetErrorString;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The emulator finds bugs: kernels with a planted mistake ({@code kernels/planted_bugs.cu}) give a wrong
 * result, NaN or a fault under at least one of the seeds 1 to 4, and their sound variants pass under eight
 * seeds. The test's output says which device of the emulator found each, and under which seeds.
 */
@Tag("cuda")
class PlantedBugsTest {
  private static final String SOUND = "correct";
  private static final String NAN = "NaN from poison";
  private static final String WRONG = "wrong numbers";

  private EmulatedDevice device;

  /**
   * A kernel with one of its bugs.
   *
   * @param finding what at least one seed has to find: {@link #NAN}, {@link #WRONG}, or words of a fault
   */
  private record Planted(String kernel, int bug, String what, String finding) {
    @Override
    public String toString() {
      return kernel + ": " + what;
    }
  }

  @BeforeEach
  void open() {
    device = EmulatedDevice.open();
  }

  @AfterEach
  void close() {
    EmulatedDevice.close(device);
  }

  static List<Planted> bugs() {
    return List.of(
        new Planted("plantedStage", 1, "no barrier before a shared stage is read", NAN),
        new Planted("plantedStage", 2, "no barrier before a shared stage is overwritten", WRONG),
        new Planted("plantedPipeline", 1, "no wait for the asynchronous copies", NAN),
        new Planted("plantedPipeline", 2, "a wait for one group too few", NAN),
        new Planted("plantedPipeline", 3, "two stages where three are needed", WRONG),
        new Planted("plantedPipeline", 4, "no barrier in the loop", NAN),
        new Planted("plantedPipeline", 5, "a prefetch one stage too far ahead", WRONG),
        new Planted("plantedIndex", 1, "one element too many is written", "0 bytes behind the end"),
        new Planted("plantedIndex", 2, "the last one's neighbour is read", NAN),
        new Planted("plantedIndex", 3, "everything is written one too low", "4 bytes before a device"),
        new Planted("plantedWarp", 1, "half a warp shuffles with the whole warp's mask", "divergent"),
        new Planted("plantedWarp", 2, "a lane leaves before its warp adds up", "left the kernel"),
        new Planted("plantedWarp", 3, "a shuffle reads from outside its mask", "which the mask leaves out"),
        new Planted("plantedBarrier", 1, "one barrier more in a branch", "different barriers"),
        new Planted("plantedBarrier", 2, "a barrier in each branch", "different barriers"),
        new Planted("plantedBarrier", 3, "one lane waits for its warp, the warp at a barrier", "deadlock"),
        new Planted("plantedUnwritten", 1, "static shared memory holds what the last block left", NAN),
        new Planted("plantedUnwritten", 2, "dynamic shared memory that nobody wrote", NAN),
        new Planted("plantedUnwritten", 3, "more shared memory than the launch has", "behind the 256 bytes"),
        new Planted("plantedFault", 1, "a copy from a misaligned address", "not a multiple of 16"),
        new Planted("plantedFault", 2, "a matrix row at a misaligned address", "not a multiple of 16"),
        new Planted("plantedFault", 3, "recursion without end", "stack overflowed"),
        new Planted("plantedFault", 4, "an integer division by zero", "division by zero"),
        new Planted("plantedFault", 5, "a matrix row outside of shared memory", "not in shared memory"),
        new Planted("plantedFault", 6, "a store to an address without memory", "where no memory is"),
        new Planted("plantedFault", 7, "a vector load from a misaligned address", "not aligned to the type"));
  }

  static Stream<String> kernels() {
    return bugs().stream().map(Planted::kernel).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void theSoundVariantPassesUnderEverySeed(String kernel) {
    for (int seed = 0; seed < 8; seed++) {
      assertEquals(SOUND, find(kernel, 0, seed), "seed " + seed);
    }
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void thePlantedBugIsFound(Planted planted) {
    assumeFalse(CudaEmulator.sanitizer().equals("address") && planted.kernel.equals("plantedIndex"),
        "AddressSanitizer ends the process at the wrong access");
    assumeFalse(CudaEmulator.sanitizer().equals("undefined") && planted.finding.contains("aligned to the"),
        "the sanitizer reports it instead");
    Map<String, List<Integer>> seedsOfFinding = new TreeMap<>();
    for (int seed = 1; seed <= 4; seed++) {
      String finding = find(planted.kernel, planted.bug, seed);
      seedsOfFinding.computeIfAbsent(finding, key -> new ArrayList<>()).add(seed);
    }
    System.out.println(planted);
    seedsOfFinding.forEach((finding, seeds) -> System.out.println("    seeds " + seeds + ": " + finding));
    assertTrue(seedsOfFinding.keySet().stream().anyMatch(finding -> finding.contains(planted.finding)),
        seedsOfFinding.toString());
  }

  /** What a run with a seed shows: {@link #SOUND}, {@link #NAN}, {@link #WRONG} or a fault's sentence. */
  private String find(String kernel, int bug, int seed) {
    EmulatorControls.schedule(seed);
    String finding = switch (kernel) {
      case "plantedStage" -> run(kernel, 2, 128, 0, 768, new float[768], stageExpected(), 3, bug);
      case "plantedPipeline" -> run(kernel, 1, 128, 0, 6 * 512, new float[128], pipelineExpected(6), 6, bug);
      case "plantedIndex" -> run(kernel, 2, 64, 0, 100, new float[100], indexExpected(100), 100, bug);
      case "plantedWarp" -> run(kernel, 1, 64, 0, 64, new float[64], warpExpected(), bug);
      case "plantedBarrier" -> run(kernel, 1, 64, 0, 64, new float[64], inputs(64), bug);
      case "plantedUnwritten" -> run(kernel, 3, 64, 256, 0, new float[3], new float[] {64, 64, 64}, bug);
      case "plantedFault" -> run(kernel, 1, 32, 0, 132, new float[128], Arrays.copyOf(inputs(132), 128), bug);
      default -> throw new IllegalArgumentException(kernel);
    };
    EmulatorControls.reset();
    return finding;
  }

  private String run(String kernel, int blocks, int threads, int shared, int inputs, float[] got,
      float[] expected, Object... numbers) {
    List<Object> arguments = new ArrayList<>();
    List<CUdeviceptr> memory = new ArrayList<>();
    if (inputs > 0) {
      memory.add(device.upload(inputs(inputs)));
    }
    CUdeviceptr out = device.allocate(got.length * 4L);
    memory.add(out);
    arguments.addAll(memory);
    arguments.addAll(List.of(numbers));
    int launched = device.tryLaunch(kernel, blocks, threads, shared, arguments.toArray());
    int result = launched == 0 ? cuCtxSynchronize() : launched;
    String finding = SOUND;
    if (result != 0) {
      assertEquals(CUDA_ERROR_LAUNCH_FAILED, result);
      String[] text = new String[1];
      cuGetErrorString(result, text);
      finding = text[0].substring(text[0].indexOf(": ") + 2);
      EmulatorControls.reset();
    } else {
      float[] values = device.download(out, got.length);
      for (int i = 0; i < got.length && !finding.equals(NAN); i++) {
        finding = Float.isNaN(values[i]) ? NAN : values[i] == expected[i] ? finding : WRONG;
      }
    }
    device.free(memory.toArray(CUdeviceptr[]::new));
    return finding;
  }

  /** Small integers, so that sums are exact in any order. */
  private static float[] inputs(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (i * 7 + i / 13) % 31 - 15;
    }
    return values;
  }

  private static float[] stageExpected() {
    float[] in = inputs(2 * 3 * 128), out = new float[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = in[i / 128 * 128 + 127 - i % 128];
    }
    return out;
  }

  private static float[] pipelineExpected(int tiles) {
    float[] in = inputs(tiles * 512), out = new float[128];
    for (int i = 0; i < 128; i++) {
      for (int tile = 0; tile < tiles; tile++) {
        int at = tile * 512 + 4 * (127 - i);
        out[i] = 3 * out[i] + in[at] + 2 * in[at + 1] + 4 * in[at + 2] + 8 * in[at + 3];
      }
    }
    return out;
  }

  private static float[] indexExpected(int n) {
    float[] in = inputs(n), out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = in[i] + (i + 1 < n ? in[i + 1] : 0);
    }
    return out;
  }

  private static float[] warpExpected() {
    float[] in = inputs(64), out = new float[64];
    for (int i = 0; i < 64; i++) {
      for (int lane = 0; lane < 32; lane++) {
        out[i] += in[i / 32 * 32 + lane];
      }
    }
    return out;
  }
}
