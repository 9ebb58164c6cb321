package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.swinengine.backend.Backends;
import org.swinengine.backend.CudaReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code devices}: what can compute here. */
@Command(
    name = "devices",
    description = "Shows what can compute here, and what to do about what cannot.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class DevicesCommand implements Callable<Integer> {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final double GIBIBYTE = 1 << 30;

  /** The seconds are of NVIDIA's compiler, on one processor, for the large kernels of a training step. */
  private static final String COMPILED =
      "which the driver compiles from PTX at their first use and keeps: a first run of Swin-T takes some five"
          + " seconds longer";

  @Spec
  private CommandSpec command;
  @Mixin
  private JsonOption json;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    int threads = Runtime.getRuntime().availableProcessors();
    int bits = Backends.vectorBits();
    String tile = Backends.cpuTile();
    if (json.isOn()) {
      ArrayNode list = Json.array();
      ObjectNode cpu = list.addObject().put("name", "cpu").put("available", true);
      cpu.put("processor", processor()).put("threads", threads).put("vector_bits", bits);
      cpu.put("tile", tile);
      list.addObject().put("name", "reference").put("available", true);
      list.add(json(Backends.cuda()));
      out.println(list);
      return 0;
    }
    String count = threads + (threads == 1 ? " thread" : " threads");
    out.println("cpu        " + processor() + ", " + count + ", float32");
    out.println("           " + vectorApi(bits));
    if (bits > 0) {
      out.println("           products: " + tile);
    }
    out.println("reference  EJML, float64: the yardstick for tests and gradient checks, slow");
    CudaReport cuda = Backends.cuda();
    print(cuda, out);
    out.println();
    out.println("--device auto takes " + (cuda.absence() == null ? "cuda." : "cpu."));
    return 0;
  }

  private static void print(CudaReport cuda, PrintWriter out) {
    String head = "cuda       ";
    String indent = " ".repeat(head.length());
    if (cuda.driverVersion() == null) {
      out.println(head + "not available: " + cuda.absence());
      return;
    }
    String release = cuda.driverRelease() == null ? "driver" : "driver " + cuda.driverRelease();
    out.println(head + release + " for CUDA " + cuda.driverVersion());
    for (CudaReport.Gpu gpu : cuda.gpus()) {
      if (gpu.problem() != null) {
        out.println(indent + "cuda:" + gpu.ordinal() + "  not available: " + gpu.problem());
        continue;
      }
      out.printf(
          Locale.ROOT,
          "%scuda:%d  %s, compute capability %s, %d multiprocessors, %.1f of %.1f GiB free%n",
          indent,
          gpu.ordinal(),
          gpu.name(),
          gpu.computeCapability(),
          gpu.multiprocessors(),
          gpu.freeBytes() / GIBIBYTE,
          gpu.totalBytes() / GIBIBYTE);
      kernels(gpu).forEach(line -> out.println(indent + "        " + line));
    }
    for (CudaReport.Library library : cuda.libraries()) {
      String found =
          library.problem() == null ? library.version() + ", " + library.file()
              : "not used: " + library.problem();
      out.println(indent + library.name() + ": " + found);
    }
  }

  /** A line for each form in which there are kernels. */
  private static List<String> kernels(CudaReport.Gpu gpu) {
    List<String> lines = new ArrayList<>();
    for (CudaReport.KernelForm form : CudaReport.KernelForm.values()) {
      List<String> families = new ArrayList<>();
      gpu.kernels().forEach((family, itsForm) -> {
        if (itsForm == form) {
          families.add(family);
        }
      });
      boolean all = families.size() == gpu.kernels().size();
      if (!families.isEmpty()) {
        lines.add((all ? "every operation" : String.join(", ", families)) + ": " + source(form, gpu));
      }
    }
    return lines;
  }

  private static String source(CudaReport.KernelForm form, CudaReport.Gpu gpu) {
    switch (form) {
      case MACHINE_CODE:
        return "own kernels, machine code for " + gpu.computeCapability();
      case PTX:
        return "own kernels, " + COMPILED;
      case PTX_INSTEAD:
        return "own kernels; this driver does not take their machine code for " + gpu.computeCapability()
            + ", " + COMPILED;
      case REFUSED:
        return "the driver takes none of the own kernels; install a newer driver (450 or newer)";
      default:
        return "not in this build; build it with `mvn package`";
    }
  }

  private static ObjectNode json(CudaReport cuda) {
    ObjectNode node = Json.object().put("name", "cuda").put("available", cuda.absence() == null);
    node.put("reason", cuda.absence());
    node.put("driver_version", cuda.driverRelease()).put("driver_cuda_version", cuda.driverVersion());
    ArrayNode gpus = node.putArray("gpus");
    for (CudaReport.Gpu gpu : cuda.gpus()) {
      ObjectNode kernels = Json.object();
      gpu.kernels().forEach((family, form) -> kernels.put(family, form.name().toLowerCase(Locale.ROOT)));
      gpus.addObject()
          .put("ordinal", gpu.ordinal())
          .put("name", gpu.name())
          .put("compute_capability", gpu.computeCapability())
          .put("multiprocessors", gpu.multiprocessors())
          .put("total_bytes", gpu.totalBytes())
          .put("free_bytes", gpu.freeBytes())
          .put("problem", gpu.problem())
          .set("kernels", kernels);
    }
    ObjectNode libraries = node.putObject("libraries");
    for (CudaReport.Library library : cuda.libraries()) {
      libraries.putObject(library.name())
          .put("file", library.file())
          .put("version", library.version())
          .put("problem", library.problem());
    }
    return node;
  }

  private static String vectorApi(int bits) {
    if (bits > 0) {
      return "Vector API on, " + bits + "-bit vectors";
    }
    boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    return present
        ? "Vector API off, because swin.simd says so; start without -Dswin.simd=off to be many times faster"
        : "Vector API off: scalar kernels, many times slower; start with `java -jar swin-engine.jar`, which"
            + " switches it on, or add --add-modules jdk.incubator.vector (SWIN_JAVA_HOME can name a JDK that"
            + " has this module)";
  }

  private static String processor() {
    try {
      for (String line : Files.readAllLines(PROCESSORS)) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    } catch (IOException e) {
      // Not Linux: its kind must do.
    }
    return System.getProperty("os.arch");
  }
}
