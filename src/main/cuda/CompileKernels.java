import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
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

/**
 * Compiles the kernels with nvcc. A program in one file, run from the repository:
 *
 * <pre>
 * java src/main/cuda/CompileKernels.java build [NVCC]   machine code and PTX to target/classes, as Maven does
 * java src/main/cuda/CompileKernels.java renew [NVCC]   PTX to src/main/resources, to be checked in
 * java src/main/cuda/CompileKernels.java check          whether the checked-in PTX belongs to the sources
 * </pre>
 *
 * <p>NVCC is a file, {@code auto} (the default: $CUDA_HOME, $CUDA_PATH, /usr/local/cuda, then the PATH) or
 * {@code off}. {@code build} takes the checked-in PTX where it belongs to the sources and compiles the rest, and
 * makes machine code from the PTX; without nvcc it takes what is checked in. All that nvcc made is kept in
 * {@code target/kernels} under a hash of what it was made from and nvcc's version, so that nothing is done
 * twice.
 */
final class CompileKernels {
  /** What gets machine code: A100; A10, RTX 30; L4, RTX 40; H100, H200. Others start from PTX. */
  private static final List<String> MACHINES = List.of("sm_80", "sm_86", "sm_89", "sm_90");

  private static final String PTX_TARGET = "compute_80";

  /** Float32 kernels are strict: these are nvcc's defaults, named because results depend on them. */
  private static final List<String> FLAGS =
      List.of("-std=c++17", "--fmad=true", "--prec-div=true", "--prec-sqrt=true", "--ftz=false");

  /** PTX versions with the driver of CUDA 11.0 (450) and later, oldest first. */
  private static final List<String> PTX_VERSIONS =
      List.of(
          "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7", "7.8",
          "8.0", "8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "8.7", "8.8", "9.0");

  private static final int COMPILERS_AT_ONCE = 2;
  private static final Path SOURCES = Path.of("src/main/cuda");
  private static final Path PACKAGE = Path.of("org/swinengine/backend/cuda/kernels");
  private static final Path CHECKED_IN = Path.of("src/main/resources").resolve(PACKAGE);
  private static final Path CLASSES = Path.of("target/classes").resolve(PACKAGE);
  private static final Path CACHE = Path.of("target/kernels");
  private static final Pattern INCLUDE =
      Pattern.compile("^\\s*#\\s*include\\s*\"([^\"]+)\"", Pattern.MULTILINE);
  private static final String RENEW = "java src/main/cuda/CompileKernels.java renew";

  /** A reason to stop that the user can do something about. */
  private static final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1;

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
      String nvcc = arguments.length > 1 ? arguments[1] : "auto";
      CompileKernels kernels = new CompileKernels(repository());
      switch (command) {
        case "build" -> kernels.build(findNvcc(nvcc));
        case "renew" -> kernels.renew(findNvcc(nvcc));
        case "check" -> kernels.check();
        default -> throw new Problem("expected one of: build, renew, check");
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

  // ---- the three commands ---------------------------------------------------------------------------------

  private void build(Path nvcc) throws IOException {
    Path classes = Files.createDirectories(root.resolve(CLASSES));
    TreeMap<String, byte[]> images = new TreeMap<>();
    if (nvcc == null) {
      for (String family : families()) {
        Path ptx = root.resolve(CHECKED_IN).resolve(family + ".ptx.gz");
        if (!Files.exists(ptx)) {
          throw new Problem(
              ptx + " is missing, and there is no nvcc to make it; see " + SOURCES + "/README.md");
        }
        images.put(family + ".ptx.gz", Files.readAllBytes(ptx));
      }
    } else {
      Compiler compiler = new Compiler(nvcc);
      for (Path image : compiler.images(compiler.machines(), true)) {
        images.put(Compiler.nameWithoutHash(image), Files.readAllBytes(image));
      }
    }
    deleteOthers(classes, images.keySet());
    for (String name : images.keySet()) {
      writeIfChanged(classes.resolve(name), images.get(name));
    }
  }

  private void renew(Path nvcc) throws IOException {
    if (nvcc == null) {
      throw new Problem("nvcc is not in $CUDA_HOME, $CUDA_PATH, /usr/local/cuda or on the PATH; name it: "
          + RENEW + " /path/to/nvcc");
    }
    Path folder = Files.createDirectories(root.resolve(CHECKED_IN));
    Set<String> names = new TreeSet<>();
    for (Path image : new Compiler(nvcc).images(List.of(), false)) {
      String name = Compiler.nameWithoutHash(image);
      String family = Compiler.family(image);
      names.addAll(List.of(name, family + ".sha256"));
      byte[] ptx = unzip(image);
      // Another Java may compress to other bytes: the file changes only with its content.
      if (!Files.exists(folder.resolve(name)) || !Arrays.equals(ptx, unzip(folder.resolve(name)))) {
        Files.copy(image, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        System.out.println("kernels: renewed " + CHECKED_IN.resolve(name));
      }
      writeIfChanged(folder.resolve(family + ".sha256"), stamp(family, ptx).getBytes(StandardCharsets.UTF_8));
    }
    deleteOthers(folder, names);
  }

  private void check() throws IOException {
    List<String> stale = new ArrayList<>();
    Set<String> expected = new TreeSet<>();
    for (String family : families()) {
      expected.addAll(List.of(family + ".ptx.gz", family + ".sha256"));
      if (!isCurrent(family)) {
        stale.add(family);
      }
    }
    for (String name : filesIn(root.resolve(CHECKED_IN))) {
      if (!expected.contains(name)) {
        stale.add(name + " (there is no such source)");
      }
    }
    if (!stale.isEmpty()) {
      throw new Problem("the PTX in " + CHECKED_IN + " was not made from the kernels as they are now: "
          + String.join(", ", stale) + "; renew it with: " + RENEW);
    }
  }

  /** Whether the checked-in PTX of a family was made from its sources as they are now. */
  private boolean isCurrent(String family) throws IOException {
    Path ptx = root.resolve(CHECKED_IN).resolve(family + ".ptx.gz");
    Path stamp = root.resolve(CHECKED_IN).resolve(family + ".sha256");
    return Files.exists(ptx)
        && Files.exists(stamp)
        && Files.readString(stamp).equals(stamp(family, unzip(ptx)));
  }

  /** What stands beside checked-in PTX: the hashes of what it was made from and of itself. */
  private String stamp(String family, byte[] ptx) throws IOException {
    return hash(sourcesAndFlags(family).getBytes(StandardCharsets.UTF_8)) + "  "
        + String.join(" ", sources(family).keySet()) + " and flags\n"
        + hash(ptx) + "  " + family + ".ptx\n";
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
    for (Matcher include = INCLUDE.matcher(text); include.find(); ) {
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

  /** The compiler; null if there is none or none is wanted. */
  private static Path findNvcc(String asked) {
    if (asked.equals("off")) {
      return null;
    }
    if (!asked.equals("auto")) {
      if (!Files.isExecutable(Path.of(asked))) {
        throw new Problem(asked + " is no program; name nvcc, or auto, or off");
      }
      return Path.of(asked);
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
        .orElse(null);
  }

  /** One nvcc and what it has compiled. */
  private final class Compiler {
    private final String nvcc;
    private final List<String> assembler;
    private final String version;
    private final Path cache;

    Compiler(Path nvcc) throws IOException {
      this.nvcc = nvcc.toString();
      assembler = assembler(nvcc);
      version = run(List.of(this.nvcc, "--version"));
      cache = Files.createDirectories(root.resolve(CACHE));
    }

    /** PTX to machine code: nvcc's own assembler where it lies beside it, since nvcc does nothing without a g++. */
    private static List<String> assembler(Path nvcc) throws IOException {
      Path ptxas = nvcc.toRealPath().resolveSibling("ptxas");
      return Files.isExecutable(ptxas)
          ? List.of(ptxas.toString(), "-warn-spills")
          : List.of(nvcc.toString(), "-Xptxas", "-warn-spills", "-cubin");
    }

    /** The machines that this nvcc knows. */
    List<String> machines() throws IOException {
      List<String> known = run(List.of(nvcc, "--list-gpu-code")).lines().map(String::strip).toList();
      List<String> machines = MACHINES.stream().filter(known::contains).toList();
      if (machines.size() < MACHINES.size()) {
        System.out.println("kernels: " + nvcc + " knows only " + machines + " of " + MACHINES
            + "; other GPUs start from PTX");
      }
      return machines;
    }

    /**
     * Every family as PTX and assembled for each machine, compressed.
     *
     * @param checkedIn whether checked-in PTX will do where it belongs to the sources: compiling takes longer
     *     than assembling, and the tests have seen that PTX
     */
    List<Path> images(List<String> machines, boolean checkedIn) throws IOException {
      ExecutorService compilers = Executors.newFixedThreadPool(COMPILERS_AT_ONCE);
      try {
        List<Future<Path>> images = new ArrayList<>();
        for (String family : families()) {
          Path image = root.resolve(CHECKED_IN).resolve(family + ".ptx.gz");
          images.add(compilers.submit(() -> checkedIn && isCurrent(family) ? image : ptx(family)));
        }
        List<Path> done = results(images);
        images.clear();
        for (Path ptx : done) {
          for (String machine : machines) {
            images.add(compilers.submit(() -> machineCode(ptx, machine)));
          }
        }
        done.addAll(results(images));
        return done;
      } finally {
        compilers.shutdownNow();
      }
    }

    private static List<Path> results(List<Future<Path>> images) throws IOException {
      List<Path> done = new ArrayList<>();
      try {
        for (Future<Path> image : images) {
          done.add(image.get());
        }
        return done;
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Problem problem) {
          throw problem;
        }
        throw new IOException(e.getCause());
      } catch (InterruptedException e) {
        throw new IOException("interrupted while kernels were compiled", e);
      }
    }

    /** Like {@code norm-1b2c….sm_90.cubin.gz}: a file of the cache, named by what it is made from. */
    private Path cached(String family, String suffix, byte[] madeFrom) {
      byte[] versioned = (version + suffix + hash(madeFrom)).getBytes(StandardCharsets.UTF_8);
      return cache.resolve(family + "-" + hash(versioned).substring(0, 16) + suffix);
    }

    static String nameWithoutHash(Path image) {
      return image.getFileName().toString().replaceFirst("-[0-9a-f]{16}", "");
    }

    static String family(Path image) {
      String name = nameWithoutHash(image);
      return name.substring(0, name.indexOf('.'));
    }

    private Path ptx(String family) throws IOException {
      Path image = cached(family, ".ptx.gz", sourcesAndFlags(family).getBytes(StandardCharsets.UTF_8));
      if (Files.exists(image)) {
        return image;
      }
      long start = System.nanoTime();
      Path folder = Files.createTempDirectory(cache, family);
      try {
        Path output = folder.resolve(family + ".ptx");
        List<String> command = new ArrayList<>(List.of(nvcc));
        command.addAll(FLAGS);
        command.addAll(List.of("-arch=" + PTX_TARGET, "-ptx", "-I", SOURCES.toString()));
        command.addAll(List.of("-o", output.toString(), SOURCES.resolve(family + ".cu").toString()));
        String messages = run(command);
        String ptx = withoutComments(Files.readString(output));
        String oldest = oldestVersion(ptx, output);
        keep(withVersion(ptx, oldest).getBytes(StandardCharsets.UTF_8), folder, image);
        report("compiled " + family + " to PTX " + oldest, start, messages);
        return image;
      } finally {
        delete(folder);
      }
    }

    private Path machineCode(Path compressedPtx, String machine) throws IOException {
      String family = family(compressedPtx);
      byte[] ptx = unzip(compressedPtx);
      Path image = cached(family, "." + machine + ".cubin.gz", ptx);
      if (Files.exists(image)) {
        return image;
      }
      long start = System.nanoTime();
      Path folder = Files.createTempDirectory(cache, family);
      try {
        Path input = folder.resolve(family + ".ptx");
        Path output = folder.resolve(family + ".cubin");
        Files.write(input, ptx);
        List<String> command = new ArrayList<>(assembler);
        command.addAll(List.of("-arch=" + machine, "-o", output.toString(), input.toString()));
        String messages = run(command);
        keep(Files.readAllBytes(output), folder, image);
        report("assembled " + family + " for " + machine, start, messages);
        return image;
      } finally {
        delete(folder);
      }
    }

    /** Compresses an image to its file, which never stands there half written. */
    private static void keep(byte[] bytes, Path folder, Path image) throws IOException {
      Path unfinished = folder.resolve("unfinished");
      Files.write(unfinished, zip(bytes));
      Files.move(unfinished, image, StandardCopyOption.ATOMIC_MOVE);
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

  private static void deleteOthers(Path folder, Set<String> names) throws IOException {
    for (String name : filesIn(folder)) {
      if (!names.contains(name)) {
        Files.delete(folder.resolve(name));
      }
    }
  }

  private static void writeIfChanged(Path file, byte[] bytes) throws IOException {
    if (!Files.exists(file) || !Arrays.equals(bytes, Files.readAllBytes(file))) {
      Files.write(file, bytes);
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

  private static byte[] unzip(Path file) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      return in.readAllBytes();
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
