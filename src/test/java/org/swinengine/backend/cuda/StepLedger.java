package org.swinengine.backend.cuda;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.backend.cuda.RecordedCalls.Call;
import org.swinengine.backend.cuda.ptx.PtxCounts;
import org.swinengine.backend.cuda.ptx.PtxLaunch;
import org.swinengine.backend.cuda.ptx.PtxMachine;
import org.swinengine.backend.cuda.ptx.PtxProgram;
import org.swinengine.models.ModelSpec;

/**
 * What one pass of a model asks of a GPU: its calls, and of each kernel what it counts up to. Of a grid a few
 * blocks are run and stand for the others; a launch like an earlier one is not run again.
 */
final class StepLedger {
  /**
   * Launches that differ in nothing but addresses.
   *
   * @param launches how many
   * @param bytes of the operands of one of them
   * @param sampledBlocks of the blocks that were run, whose counts these are
   */
  record Row(String kernel, PtxLaunch launch, int launches, Operands bytes, long sampledBlocks,
      PtxCounts counts,
      GpuTime.Bounds bounds) {
    double scale() {
      return (double) launch.blocks() / sampledBlocks;
    }

    /** The kernel's name without the types of its operands. */
    String family() {
      return StepLedger.family(kernel);
    }

    double seconds() {
      return launches * bounds.seconds();
    }
  }

  private final Map<Asked, Integer> calls = new EnumMap<>(Asked.class);
  private final List<Row> rows = new ArrayList<>();

  private final int batch;
  private int launchesAfterWaits;

  private StepLedger(int batch) {
    this.batch = batch;
  }

  /**
   * Of a pass.
   *
   * @param sampledBlocks how many blocks of a grid are run
   */
  static StepLedger of(ModelSpec spec, int batch, boolean training, int sampledBlocks) throws IOException {
    StepLedger ledger = new StepLedger(batch);
    Map<String, UsageRecord.Family> usages = UsageRecord.read();
    Map<String, PtxAssembler.Usage> registers = new HashMap<>();
    usages.values().forEach(
        family -> family.kernels()
            .forEach((name, usage) -> registers.put(name, usage.get(usage.size() - 1))));
    StepWorkload.run(spec, batch, training, recorded -> {
      Map<String, Integer> known = new HashMap<>();
      for (Call call : recorded) {
        ledger.calls.merge(call.what(), 1, Integer::sum);
        if (call.what() != Asked.LAUNCH) {
          continue;
        }
        ledger.launchesAfterWaits +=
            ledger.calls(Asked.EVENT_WAIT) + ledger.calls(Asked.STREAM_WAIT) > 0 ? 1 : 0;
        Integer same = known.get(key(call));
        if (same == null) {
          known.put(key(call), ledger.rows.size());
          ledger.rows.add(row(call, batch, sampledBlocks, registers.get(call.kernel())));
        } else {
          Row old = ledger.rows.get(same);
          ledger.rows.set(same,
              new Row(old.kernel, old.launch, old.launches + 1, old.bytes, old.sampledBlocks,
                  old.counts, old.bounds));
        }
      }
    });
    return ledger;
  }

  /** Pointers count by their alignment, and by whether they are null. */
  private static String key(Call call) {
    PtxProgram program = RecordedCalls.program(call.kernel());
    if (program.parameters() > RecordedCalls.ARGUMENTS) {
      return call.kernel() + Arrays.toString(call.launch().arguments()); // a table's words are not told apart
    }
    StringBuilder key = new StringBuilder(call.kernel()).append(Arrays.toString(call.launch().grid()));
    for (int i = 0; i < program.parameters(); i++) {
      long argument = call.launch().arguments()[i];
      key.append(' ').append(argument >>> 40 != 0 && argument > 0 ? "at " + argument % 128 : "" + argument);
    }
    return key.toString();
  }

  private static Row row(Call call, int batch, int sampledBlocks, PtxAssembler.Usage usage) {
    PtxLaunch launch = call.launch();
    letGo(call);
    PtxProgram program = RecordedCalls.program(call.kernel());
    // Blocks of a launch that does several things differ.
    boolean isTable = program.parameters() > RecordedCalls.ARGUMENTS;
    int samples = (int) Math.min(Integer.MAX_VALUE, isTable ? 32L * sampledBlocks : sampledBlocks);
    PtxCounts counts = PtxMachine.counting(RecordedCalls.MEMORY)
        .run(program, launch, samples);
    long sampled = Math.min(samples, launch.blocks());
    double scale = (double) launch.blocks() / sampled;
    Operands bytes = Operands.of(call.kernel(), launch, batch);
    int atOnce = GpuTime.blocksAtOnce(
        usage.registers(), launch.threads(), usage.sharedBytes() + launch.sharedBytes());
    GpuTime.Bounds bounds = GpuTime.of(launch.blocks(), launch.threads(), atOnce, bytes.bytes(),
        scale * counts.slots(), scale * counts.wavefronts(), scale * counts.instructions("PRODUCT"));
    return new Row(call.kernel(), launch, 1, bytes, sampled, counts, bounds);
  }

  /** In a sketch the gradient has no norm: for a kernel that updates weights, let it be finite. */
  static void letGo(Call call) {
    int control = call.kernel().startsWith("adamW") ? 4 : call.kernel().startsWith("sgd") ? 3 : -1;
    if (control >= 0) {
      EmulatorControls.poke(call.launch().arguments()[control] + 4, 0x3f8000003f800000L, 8);
    }
  }

  /** A kernel's launches together. Counts are of the whole pass. */
  static final class Sum {
    int launches;
    double seconds;
    double bytes;
    double distinctBytes;
    double askedBytes;
    double usedBytes;
    double slots;
    double wavefronts;
    double leastWavefronts;
    double products;
    double usefulProducts;
    double barriers;
    final Map<String, Double> bounds = new TreeMap<>();

    private void add(Row row, int batch) {
      PtxCounts counts = row.counts();
      double times = row.launches() * row.scale();
      launches += row.launches();
      seconds += row.seconds();
      bytes += (double) row.launches() * row.bytes().bytes();
      distinctBytes += row.launches() * (double) (counts.distinctReadBytes() + counts.distinctWrittenBytes());
      double asked = 32.0 * (counts.readSectors() + counts.writtenSectors());
      askedBytes += times * asked;
      usedBytes += times * asked * Math.min(1, counts.usedOfSectors());
      slots += times * counts.slots();
      wavefronts += times * counts.wavefronts();
      leastWavefronts += times * counts.leastWavefronts();
      products += times * counts.instructions("PRODUCT");
      usefulProducts += row.launches() * UsefulProducts.of(row.kernel(), row.launch(), batch);
      barriers += times * counts.instructions("BARRIER");
      bounds.merge(row.bounds().bound(), row.seconds(), Double::sum);
    }

    double conflicts() {
      return leastWavefronts == 0 ? 1 : wavefronts / leastWavefronts;
    }

    double used() {
      return askedBytes == 0 ? 1 : usedBytes / askedBytes;
    }

    /** What bounds most of its time. */
    String bound() {
      return bounds.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    }
  }

  /** By {@link Row#family}. */
  Map<String, Sum> sums() {
    Map<String, Sum> sums = new TreeMap<>();
    rows.forEach(row -> sums.computeIfAbsent(row.family(), name -> new Sum()).add(row, batch));
    return sums;
  }

  List<Row> rows() {
    return rows;
  }

  int calls(Asked what) {
    return calls.getOrDefault(what, 0);
  }

  /** Kernels that were asked for after the host had waited for something. */
  int launchesAfterWaits() {
    return launchesAfterWaits;
  }

  /** Seconds of the whole pass. */
  double seconds() {
    return GpuTime.ofStep(kernelSeconds(), calls(Asked.LAUNCH) + calls(Asked.COPY_ON_DEVICE));
  }

  /** Of the kernels alone, as if the host were never late. */
  double kernelSeconds() {
    return rows.stream().mapToDouble(Row::seconds).sum();
  }

  /** Whether a kernel belongs to the step of the weights, not to the passes. */
  static boolean isOptimizers(String kernel) {
    return List.of("adamW", "adamWAverage", "sgd", "sgdAverage", "sumOfSquares", "clipControl")
        .contains(family(kernel));
  }

  private static String family(String kernel) {
    return kernel.replaceAll("_(bf16|f32|bf16f32|f32_bf16|bf16_f32|bf16_bf16|2|4|8|16)$", "");
  }

  /** Bytes that all kernels have to move at least, but those of the optimizer. */
  double bytes() {
    return rows.stream()
        .filter(row -> !isOptimizers(row.kernel()))
        .mapToDouble(row -> (double) row.launches() * row.bytes().bytes()).sum();
  }
}
