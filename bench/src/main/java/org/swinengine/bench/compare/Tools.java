package org.swinengine.bench.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The command lines of ours and of the others. */
final class Tools {
  static final String NATIVE = "native";
  static final String SIXTEEN = "16";

  private final Path root;
  private final Path scratch;
  private final String python;
  private final int threads;
  private final Path swinUnetCode;
  private final Runner runner;
  private final Map<String, String> missing = new HashMap<>();

  /**
   * @param root the project's folder
   * @param scratch for exported models
   * @param swinUnetCode a checkout of the original Swin-Unet, or null
   */
  Tools(Path root, Path scratch, String python, int threads, Path swinUnetCode, Runner runner) {
    this.root = root;
    this.scratch = scratch;
    this.python = python;
    this.threads = threads;
    this.swinUnetCode = swinUnetCode;
    this.runner = runner;
  }

  Path root() {
    return root;
  }

  Path scratch() {
    return scratch;
  }

  int threads() {
    return threads;
  }

  /** A command of ours. */
  Command ours(Jdk jdk, String registers, String... words) {
    String jar = root.resolve("target/swin-engine.jar").toString();
    Command command = Command.of(jdk.java(), "-jar", jar).and(words);
    if (registers.equals(NATIVE)) {
      return command;
    }
    String given = System.getenv("SWIN_JAVA_OPTS");
    return command.with(Map.of("SWIN_JAVA_OPTS", (given == null ? "" : given + " ") + "-XX:UseAVX=2"));
  }

  /** A script of {@code bench/peers}. */
  Command script(String registers, String name, String... words) {
    Command command =
        Command.of(python, root.resolve("bench/peers/" + name).toString())
            .and(words)
            .and("--threads", Integer.toString(threads));
    return registers.equals(NATIVE)
        ? command
        : command.with(
            Map.of(
                "ATEN_CPU_CAPABILITY", "avx2", "ONEDNN_MAX_CPU_ISA", "AVX2",
                "MKL_ENABLE_INSTRUCTIONS", "AVX2"));
  }

  /** The options that name a model to a script. */
  Command model(Command script, String model, int batch, int size) {
    Command command =
        script.and(
            "--model", model, "--batch", Integer.toString(batch), "--image-size", Integer.toString(size));
    return model.equals(Row.SWIN_UNET) && swinUnetCode != null
        ? command.and("--swin-unet-code", swinUnetCode.toAbsolutePath().toString())
        : command;
  }

  /** Why a peer cannot take part in a row; null if it can. */
  String reasonAgainst(String peer, Row row) throws IOException, InterruptedException {
    if (row.isSwinUnet() && swinUnetCode == null) {
      return "no --swin-unet-code";
    }
    if (row.training() && (peer.equals("onnx") || peer.equals("djl"))) {
      return "inference only";
    }
    return reasonAgainst(peer);
  }

  /** Why a peer is not there at all; null if it is. */
  String reasonAgainst(String peer) throws IOException, InterruptedException {
    if (!peer.equals("onnx") && !peer.equals("djl")) {
      return missing("torch, timm");
    }
    String reason = missing("torch, timm");
    if (reason == null && peer.equals("onnx")) {
      reason = missing("onnx, onnxscript, onnxruntime");
    }
    if (reason == null && peer.equals("djl") && !Files.exists(djlJar())) {
      reason = "not built: mvn -q -f bench/peers/djl/pom.xml package";
    }
    return reason;
  }

  private String missing(String modules) throws IOException, InterruptedException {
    String known = missing.get(modules);
    if (known == null) {
      Command probe = Command.of(python, "-c", "import common, " + modules);
      try {
        runner.run(probe.with(Map.of("PYTHONPATH", root.resolve("bench/peers").toString())));
        known = "";
      } catch (Runner.Failed | IOException e) {
        known = python + " has no " + modules.replace(", ", " or ");
      }
      missing.put(modules, known);
    }
    return known.isEmpty() ? null : known;
  }

  /**
   * The command by which a peer times passes.
   *
   * @param peer {@code eager}, {@code compile}, {@code bf16}, {@code onnx} or {@code djl}
   */
  Command bench(String peer, Row row, String registers, double seconds)
      throws IOException, InterruptedException, Runner.Failed {
    String time = Double.toString(seconds);
    switch (peer) {
      case "onnx":
        Path onnx = exported(row, "onnx", "onnx");
        // It has no switch for its vector width.
        Command session = script(NATIVE, "onnx_bench.py", "--file", onnx.toString(), "--seconds", time);
        return model(session, row.model(), row.batch(), row.size());
      case "djl":
        Path traced = exported(row, "torchscript", "pt");
        return new Command(
            Command.of(
                Jdk.running().java(), "-DDJL_CACHE_DIR=" + scratch.resolve("djl"), "-jar",
                djlJar().toString())
                .words(),
            script(registers, "").environment())
            .and(
                "--file", traced.toString(), "--seconds", time, "--threads", Integer.toString(threads),
                "--batch", Integer.toString(row.batch()), "--image-size", Integer.toString(row.size()));
      default:
        Command torch = script(registers, "torch_bench.py", "--mode", row.mode(), "--seconds", time);
        torch = model(torch, row.model(), row.batch(), row.size());
        return switch (peer) {
          case "eager" -> torch;
          case "compile" -> torch.and("--compile");
          case "bf16" -> torch.and("--autocast", "bf16");
          default -> throw new CompareException(
              "--peers: " + peer + " is not one of eager, onnx, compile, bf16, djl");
        };
    }
  }

  /** Whether the original Swin-Unet is there. */
  boolean hasSwinUnet() {
    return swinUnetCode != null;
  }

  /** The original Swin-Unet's steps on the built-in nuclei. */
  Command curve(String registers) {
    return script(
        registers, "torch_segmentation.py", "--swin-unet-code", swinUnetCode.toAbsolutePath().toString(),
        "--nuclei", root.resolve("src/main/resources/org/swinengine/data/nuclei/nuclei.zip").toString());
  }

  /** Writes what those steps begin with, once: weights, pictures and masks. */
  void curveFiles(Path folder) throws IOException, InterruptedException, Runner.Failed {
    if (!Files.exists(folder.resolve("target.npy"))) {
      ObjectNode ignored = runner.run(curve(NATIVE).and("--to", folder.toString()));
    }
  }

  /** Whether our {@code bench} has an option. */
  boolean benchKnows(Jdk jdk, String option) throws IOException, InterruptedException {
    try {
      Command help = ours(jdk, NATIVE, "bench", "--help");
      return runner.output(help).stream().anyMatch(line -> line.contains(option));
    } catch (Runner.Failed e) {
      throw new CompareException("bench --help failed: " + e.getMessage());
    }
  }

  /** The commit that the project's folder is at, if it is a repository. */
  Optional<String> revision() throws IOException, InterruptedException {
    try {
      List<String> lines =
          runner.output(Command.of("git", "-C", root.toString(), "describe", "--always", "--dirty"));
      return lines.stream().findFirst();
    } catch (Runner.Failed | IOException e) {
      return Optional.empty();
    }
  }

  private Path djlJar() {
    return root.resolve("bench/peers/djl/target/djl-bench.jar");
  }

  /** The file of a model in another engine's format; written once. */
  Path exported(Row row, String format, String suffix)
      throws IOException, InterruptedException, Runner.Failed {
    Path file = scratch.resolve(row.model() + "-b" + row.batch() + "-" + row.size() + "." + suffix);
    if (!Files.exists(file)) {
      Path unfinished = file.resolveSibling("unfinished-" + file.getFileName());
      Command export = script(NATIVE, "export.py", "--format", format, "--to", unfinished.toString());
      ObjectNode ignored = runner.run(model(export, row.model(), row.batch(), row.size()));
      Files.move(unfinished, file);
    }
    return file;
  }
}
