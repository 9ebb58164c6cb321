import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * Compiles the kernels into the files of {@code src/main/resources} that are checked in: with nvcc to PTX,
 * and from there with the assembler that JCuda brings to machine code. No build needs either. Run from the
 * repository:
 *
 * <pre>
 * java src/main/cuda/CompileKernels.java renew [NVCC]       what no longer belongs to the sources; where PTX
 *                                                           does, nvcc is not asked
 * java src/main/cuda/CompileKernels.java renew-all [NVCC]   everything, for a new nvcc
 * java src/main/cuda/CompileKernels.java check              whether what is checked in belongs to the sources
 * </pre>
 *
 * <p>NVCC is a file; without it nvcc is looked for in $CUDA_HOME, $CUDA_PATH, /usr/local/cuda and on the
 * PATH. JCuda's jars are looked for in the local Maven repository ({@code -Dmaven.repo.local=FOLDER} names
 * another). The same sources, nvcc and JCuda give the same bytes.
 */
final class CompileKernels {
  /** What gets machine code: A100; A10, RTX 30; L4, RTX 40; H100, H200. Others start from PTX. */
  private static final List<String> MACHINES = List.of("sm_80", "sm_86", "sm_89", "sm_90");

  private static final String PTX_TARGET = "compute_80";

  /** Float32 kernels are strict: these are nvcc's defaults, named because results depend on them. */
  private static final List<String> FLAGS =
      List.of("-std=c++17", "--fmad=true", "--prec-div=true", "--prec-sqrt=true", "--ftz=false");

  /** PTX versions from the driver of CUDA 11.0 (450) on, oldest first; the assembler reads no newer one. */
  private static final List<String> PTX_VERSIONS =
      List.of("7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7", "7.8", "8.0");

  private static final String ASSEMBLER = "AssembleKernels.java";
  private static final Pattern JCUDA_VERSION = Pattern.compile("<jcuda.version>(.*?)</jcuda.version>");
  private static final int COMPILERS_AT_ONCE = 2;
  private static final Path SOURCES = Path.of("src/main/cuda");
  private static final Path PACKAGE = Path.of("org/swinengine/backend/cuda/kernels");
  private static final Path CHECKED_IN = Path.of("src/main/resources").resolve(PACKAGE);
  private static final Pattern INCLUDE =
      Pattern.compile("^\\s*#\\s*include\\s*\"([^\"]+)\"", Pattern.MULTILINE);
  private static final String RENEW = "java src/main/cuda/CompileKernels.java renew";

  /** A reason to stop that the user can do something about. */
  private static final class Problem extends RuntimeException {
    Problem(String sentence) {
      super(sentence);
    }
  }

  private final Path root;

  private CompileKernels(Path root) {
    this.root = root;
  }

  public static void main(String[] arguments) {
    try {
      String command = arguments.length == 0 ? "" : arguments[0];
      Path nvcc = arguments.length > 1 ? Path.of(arguments[1]) : null;
      CompileKernels kernels = new CompileKernels(repository());
      switch (command) {
        case "renew" -> kernels.renew(kernels.stale(), nvcc, false);
        case "renew-all" -> kernels.renew(kernels.families(), nvcc, true);
        case "check" -> kernels.check();
        default -> throw new Problem("expected one of: renew, renew-all, check");
      }
    } catch (Problem | IOException e) {
      System.err.println("kernels: " + (e instanceof Problem ? e.getMessage() : e.toString()));
      System.exit(1);
    }
  }

  /** The nearest folder upwards that holds the kernels. */
  private static Path repository() {
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isDirectory(folder.resolve(SOURCES))) {
        return folder;
      }
    }
    throw new Problem("there is no " + SOURCES + " in " + start + " or above; run this in the repository");
  }

  // ---- the commands ---------------------------------------------------------------------------------------

  private void renew(List<String> families, Path nvcc, boolean all) throws IOException {
    Path folder = Files.createDirectories(root.resolve(CHECKED_IN));
    if (!families.isEmpty()) {
      Map<String, Map<String, byte[]>> compiled = new Compiler(nvcc).compile(families, all);
      for (String family : families) {
        Map<String, byte[]> images = compiled.get(family);
        for (String name : images.keySet()) {
          Path file = folder.resolve(name + ".gz");
          // Another Java may compress to other bytes: the file changes only with its content.
          if (!Arrays.equals(images.get(name), unzip(file))) {
            Files.write(file, zip(images.get(name)));
            System.out.println("kernels: renewed " + CHECKED_IN.resolve(file.getFileName()));
          }
        }
        Files.writeString(folder.resolve(family + ".sha256"), stamp(family, images));
      }
    }
    for (String name : strangers()) {
      Files.delete(folder.resolve(name));
    }
    System.out.println("kernels: what is checked in belongs to the sources");
  }

  private void check() throws IOException {
    List<String> stale = stale();
    strangers().forEach(name -> stale.add(name + " (there is no such source)"));
    if (!stale.isEmpty()) {
      throw new Problem(
          "the compiled kernels in " + CHECKED_IN + " were not made from the sources as they are now: "
              + String.join(", ", stale) + "; renew them with: " + RENEW);
    }
  }

  // ---- what is checked in ---------------------------------------------------------------------------------

  /** Like {@code norm.ptx} and {@code norm.sm_90.cubin}; the files are compressed and end in {@code .gz}. */
  private static List<String> imageNames(String family) {
    return Stream.concat(
        Stream.of(family + ".ptx"), MACHINES.stream().map(machine -> family + "." + machine + ".cubin"))
        .toList();
  }

  /** The families that were not made from their sources as they are now. */
  private List<String> stale() throws IOException {
    List<String> stale = new ArrayList<>();
    for (String family : families()) {
      Map<String, byte[]> images = new TreeMap<>();
      for (String name : imageNames(family)) {
        images.put(name, unzip(root.resolve(CHECKED_IN).resolve(name + ".gz")));
      }
      Path stamp = root.resolve(CHECKED_IN).resolve(family + ".sha256");
      if (images.containsValue(null)
          || !Files.exists(stamp)
          || !Files.readString(stamp).equals(stamp(family, images))) {
        stale.add(family);
      }
    }
    return stale;
  }

  /** A family's PTX as it is checked in if it was made from the sources as they are now; else null. */
  private byte[] currentPtx(String family) throws IOException {
    byte[] ptx = unzip(root.resolve(CHECKED_IN).resolve(family + ".ptx.gz"));
    Path file = root.resolve(CHECKED_IN).resolve(family + ".sha256");
    if (ptx == null || !Files.exists(file)) {
      return null;
    }
    String stamp = Files.readString(file);
    return stamp.startsWith(hash(sourcesAndFlags(family).getBytes(StandardCharsets.UTF_8)))
        && stamp.contains(hash(ptx) + "  " + family + ".ptx") ? ptx : null;
  }

  /** Files that belong to no family. */
  private List<String> strangers() throws IOException {
    Set<String> expected = new TreeSet<>();
    for (String family : families()) {
      imageNames(family).forEach(name -> expected.add(name + ".gz"));
      expected.add(family + ".sha256");
    }
    return filesIn(root.resolve(CHECKED_IN)).stream().filter(name -> !expected.contains(name)).toList();
  }

  /** What stands beside the images: the hashes of what they were made from and of themselves. */
  private String stamp(String family, Map<String, byte[]> images) throws IOException {
    StringBuilder stamp = new StringBuilder();
    stamp.append(hash(sourcesAndFlags(family).getBytes(StandardCharsets.UTF_8))).append("  ")
        .append(String.join(" ", sources(family).keySet())).append(" and flags\n")
        .append("assembled with the PTX compiler of jcuda-natives ").append(jcudaVersion()).append('\n');
    for (String name : imageNames(family)) {
      stamp.append(hash(images.get(name))).append("  ").append(name).append('\n');
    }
    return stamp.toString();
  }

  // ---- sources --------------------------------------------------------------------------------------------

  private List<String> families() throws IOException {
    return filesIn(root.resolve(SOURCES)).stream()
        .filter(name -> name.endsWith(".cu"))
        .map(name -> name.substring(0, name.length() - ".cu".length()))
        .collect(Collectors.toList());
  }

  /** A family's source and the headers of ours that it includes: name to text, in the order of names. */
  private TreeMap<String, String> sources(String family) throws IOException {
    TreeMap<String, String> texts = new TreeMap<>();
    collect(family + ".cu", texts);
    return texts;
  }

  private void collect(String name, TreeMap<String, String> texts) throws IOException {
    Path file = root.resolve(SOURCES).resolve(name);
    if (texts.containsKey(name) || !Files.exists(file)) {
      return; // the emulator's header lies elsewhere, and nvcc does not see it
    }
    String text = Files.readString(file).replace("\r\n", "\n");
    texts.put(name, text);
    for (Matcher include = INCLUDE.matcher(text); include.find();) {
      collect(include.group(1), texts);
    }
  }

  private String sourcesAndFlags(String family) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(String.join(" ", FLAGS)).append(' ').append(PTX_TARGET).append('\n');
    sources(family).forEach((name, source) -> text.append(name).append('\n').append(source).append('\n'));
    return text.toString();
  }

  // ---- nvcc -----------------------------------------------------------------------------------------------

  /** The compiler that is asked for, or the first that lies where one is expected. */
  private static Path findNvcc(Path asked) {
    if (asked != null) {
      if (!Files.isExecutable(asked)) {
        throw new Problem(asked + " is no program; name nvcc, as in: " + RENEW + " /path/to/nvcc");
      }
      return asked;
    }
    List<String> folders = new ArrayList<>();
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      if (System.getenv(variable) != null) {
        folders.add(System.getenv(variable) + "/bin");
      }
    }
    folders.add("/usr/local/cuda/bin");
    folders.addAll(List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)));
    return folders.stream()
        .map(folder -> Path.of(folder).resolve("nvcc"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () -> new Problem("nvcc is not in $CUDA_HOME, $CUDA_PATH, /usr/local/cuda or on the PATH;"
                + " name it: " + RENEW + " /path/to/nvcc"));
  }

  /** The version of JCuda whose assembler makes the machine code: the one that the engine runs with. */
  private String jcudaVersion() throws IOException {
    Matcher version = JCUDA_VERSION.matcher(Files.readString(root.resolve("pom.xml")));
    return version.find() ? version.group(1) : "unknown";
  }

  private String jcudaJars() throws IOException {
    String named = System.getProperty("maven.repo.local");
    Path repository =
        (named == null ? Path.of(System.getProperty("user.home"), ".m2/repository") : Path.of(named))
            .resolve("org/jcuda");
    String version = jcudaVersion();
    Path jar = repository.resolve("jcuda/%1$s/jcuda-%1$s.jar".formatted(version));
    Path natives = repository.resolve(
        "jcuda-natives/%1$s/jcuda-natives-%1$s-linux-x86_64.jar".formatted(version));
    if (!Files.exists(jar) || !Files.exists(natives)) {
      throw new Problem("the assembler for machine code is in " + natives + ", which is not there; any build"
          + " (`mvn package`) fetches it, or name the repository with -Dmaven.repo.local=FOLDER");
    }
    return jar + File.pathSeparator + natives;
  }

  /** One nvcc, and the assembler. */
  private final class Compiler {
    private final Path asked;
    private String nvcc = "";

    Compiler(Path asked) {
      this.asked = asked;
    }

    /** Each family's PTX and what it assembles to on each machine, by the names of the images. */
    Map<String, Map<String, byte[]>> compile(List<String> families, boolean all) throws IOException {
      Map<String, byte[]> current = new TreeMap<>();
      for (String family : families) {
        byte[] ptx = all ? null : currentPtx(family);
        if (ptx != null) {
          current.put(family, ptx);
        } else if (nvcc.isEmpty()) {
          nvcc = findNvcc(asked).toString();
        }
      }
      ExecutorService compilers = Executors.newFixedThreadPool(COMPILERS_AT_ONCE);
      try {
        Map<String, Future<byte[]>> texts = new TreeMap<>();
        for (String family : families) {
          byte[] ptx = current.get(family);
          texts.put(family, compilers.submit(() -> ptx != null ? ptx : ptx(family)));
        }
        Map<String, Map<String, Future<byte[]>>> codes = new TreeMap<>();
        for (String family : families) {
          byte[] ptx = result(texts.get(family));
          Map<String, Future<byte[]>> code = codes.computeIfAbsent(family, name -> new TreeMap<>());
          for (String machine : MACHINES) {
            code.put(
                family + "." + machine + ".cubin", compilers.submit(() -> machineCode(family, ptx, machine)));
          }
        }
        Map<String, Map<String, byte[]>> compiled = new TreeMap<>();
        for (String family : families) {
          Map<String, byte[]> images = compiled.computeIfAbsent(family, name -> new TreeMap<>());
          images.put(family + ".ptx", result(texts.get(family)));
          for (Map.Entry<String, Future<byte[]>> code : codes.get(family).entrySet()) {
            images.put(code.getKey(), result(code.getValue()));
          }
        }
        return compiled;
      } finally {
        compilers.shutdownNow();
      }
    }

    private static byte[] result(Future<byte[]> image) throws IOException {
      try {
        return image.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Problem problem) {
          throw problem;
        }
        throw new IOException(e.getCause());
      } catch (InterruptedException e) {
        throw new IOException("interrupted while kernels were compiled", e);
      }
    }

    private byte[] ptx(String family) throws IOException {
      long start = System.nanoTime();
      Path folder = Files.createTempDirectory("kernels-" + family);
      try {
        Path output = folder.resolve(family + ".ptx");
        List<String> command = new ArrayList<>(List.of(nvcc));
        command.addAll(FLAGS);
        command.addAll(List.of("-arch=" + PTX_TARGET, "-ptx", "-I", SOURCES.toString()));
        command.addAll(List.of("-o", output.toString(), SOURCES.resolve(family + ".cu").toString()));
        String messages = run(command);
        String ptx = withoutComments(Files.readString(output));
        String oldest = oldestVersion(ptx, output);
        report("compiled " + family + " to PTX " + oldest, start, messages);
        return withVersion(ptx, oldest).getBytes(StandardCharsets.UTF_8);
      } finally {
        delete(folder);
      }
    }

    private byte[] machineCode(String family, byte[] ptx, String machine) throws IOException {
      long start = System.nanoTime();
      Path folder = Files.createTempDirectory("kernels-" + family);
      try {
        Path input = folder.resolve(family + ".ptx");
        Path output = folder.resolve(family + ".cubin");
        Files.write(input, ptx);
        String messages = run(
            List.of(System.getProperty("java.home") + "/bin/java", "-Djava.io.tmpdir=" + folder, "-cp",
                jcudaJars(), SOURCES.resolve(ASSEMBLER).toString(), machine, input + "", output + ""));
        report("assembled " + family + " for " + machine, start, messages);
        return Files.readAllBytes(output);
      } finally {
        delete(folder);
      }
    }

    private static void report(String what, long start, String messages) {
      System.out.printf("kernels: %s (%.1f s)%n%s", what, (System.nanoTime() - start) / 1e9, messages);
    }

    private static void delete(Path folder) throws IOException {
      for (String name : filesIn(folder)) {
        Files.delete(folder.resolve(name));
      }
      Files.delete(folder);
    }

    /**
     * The oldest PTX version in which the assembler takes a text. nvcc names its own version, which only
     * drivers as new as itself load; what the instructions need is usually many years older.
     */
    private String oldestVersion(String ptx, Path scratch) throws IOException {
      // Without optimisation: whether it assembles is all that counts here.
      List<String> assemble =
          List.of(nvcc, "-arch=" + PTX_TARGET.replace("compute", "sm"), "-cubin", "-Xptxas", "-O0",
              "-o", scratch + ".cubin", scratch.toString());
      Result result = null;
      for (String version : PTX_VERSIONS) {
        Files.writeString(scratch, withVersion(ptx, version));
        result = tryRun(assemble);
        if (result.exit() == 0) {
          return version;
        }
      }
      throw new Problem(scratch.getFileName() + " assembles in none of the PTX versions up to "
          + PTX_VERSIONS.get(PTX_VERSIONS.size() - 1) + "; if a newer one is needed, add it there:\n"
          + result.output());
    }
  }

  private static String withVersion(String ptx, String version) {
    return ptx.replaceFirst("(?m)^\\.version \\S+$", ".version " + version);
  }

  /** Comments name the build of nvcc; without them and empty lines the text is smaller and changes less. */
  private static String withoutComments(String ptx) {
    return ptx.lines()
        .map(line -> line.replaceFirst("//.*$", "").stripTrailing())
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n", "", "\n"));
  }

  // ---- processes and files --------------------------------------------------------------------------------

  private record Result(int exit, String output) {}

  private Result tryRun(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).directory(root.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return new Result(process.waitFor(), output);
    } catch (InterruptedException e) {
      process.destroy();
      throw new IOException("interrupted while " + command.get(0) + " ran", e);
    }
  }

  private String run(List<String> command) throws IOException {
    Result result = tryRun(command);
    if (result.exit() != 0) {
      throw new Problem(String.join(" ", command) + " failed:\n" + result.output());
    }
    return result.output();
  }

  private static List<String> filesIn(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().collect(Collectors.toList());
    }
  }

  /** Java's gzip header has no time stamp: the same bytes each time. */
  private static byte[] zip(byte[] bytes) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped) {
      {
        def.setLevel(9);
      }
    }) {
      out.write(bytes);
    }
    return zipped.toByteArray();
  }

  /** The content of a compressed file; null if there is none, or what is there is damaged. */
  private static byte[] unzip(Path file) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      return in.readAllBytes();
    } catch (NoSuchFileException | ZipException | EOFException e) {
      return null;
    }
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
