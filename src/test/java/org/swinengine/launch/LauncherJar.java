package org.swinengine.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Builds a jar like the real one, with the real launcher and {@link StandIn} as the engine. */
final class LauncherJar {
  private static final String MAIN = """
      package org.swinengine.cli;
      public final class Main {
        public static void main(String[] arguments) throws Exception {
          org.swinengine.launch.StandIn.main(arguments);
        }
      }
      """;

  private LauncherJar() {}

  /** Returns a jar in {@code folder}; its path has spaces, as a user's may. */
  static Path build(Path folder) throws Exception {
    Path source = Files.writeString(folder.resolve("Main.java"), MAIN);
    Path compiled = Files.createDirectory(folder.resolve("classes"));
    Path tests = folderOf(StandIn.class);
    int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, "--release", "17",
        "-cp", tests.toString(), "-d", compiled.toString(), source.toString());
    if (result != 0) {
      throw new IllegalStateException("The stand-in for the engine's main class does not compile.");
    }

    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Launcher.class.getName());
    manifest.getMainAttributes().putValue("Enable-Native-Access", "ALL-UNNAMED");
    Path jar = Files.createDirectory(folder.resolve("a folder")).resolve("the engine's jar.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      add(out, folderOf(Launcher.class), "org/swinengine/launch");
      add(out, compiled, "org/swinengine/cli");
      String standIn = StandIn.class.getName().replace('.', '/') + ".class";
      addFile(out, standIn, tests.resolve(standIn));
    }
    return jar;
  }

  private static void add(JarOutputStream out, Path root, String classFolder) throws IOException {
    List<Path> files;
    try (Stream<Path> listing = Files.list(root.resolve(classFolder))) {
      files = listing.sorted().toList();
    }
    for (Path file : files) {
      addFile(out, classFolder + "/" + file.getFileName(), file);
    }
  }

  private static void addFile(JarOutputStream out, String name, Path file) throws IOException {
    out.putNextEntry(new JarEntry(name));
    Files.copy(file, out);
    out.closeEntry();
  }

  private static Path folderOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
