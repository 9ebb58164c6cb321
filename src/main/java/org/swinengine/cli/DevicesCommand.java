package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.swinengine.backend.Backends;
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

  @Spec private CommandSpec command;
  @Mixin private JsonOption json;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    int threads = Runtime.getRuntime().availableProcessors();
    int bits = Backends.vectorBits();
    if (json.isOn()) {
      ArrayNode list = Json.array();
      ObjectNode cpu = list.addObject().put("name", "cpu").put("available", true);
      cpu.put("processor", processor()).put("threads", threads).put("vector_bits", bits);
      list.addObject().put("name", "reference").put("available", true);
      list.addObject().put("name", "cuda").put("available", false);
      out.println(list);
      return 0;
    }
    String count = threads + (threads == 1 ? " thread" : " threads");
    out.println("cpu        " + processor() + ", " + count + ", float32");
    out.println("           " + vectorApi(bits));
    out.println("reference  EJML, float64: the yardstick for tests and gradient checks, slow");
    out.println("cuda       not in this build");
    out.println();
    out.println("--device auto takes cpu.");
    return 0;
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
