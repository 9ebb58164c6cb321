package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriverFileTest {
  @TempDir
  Path root;

  @BeforeEach
  void aLoadersCache() throws IOException {
    Files.createDirectories(root.resolve("etc"));
    cache("libc.so.6\0/lib/libc.so.6\0libcuda.so.12\0");
  }

  private void cache(String text) throws IOException {
    Files.writeString(root.resolve("etc/ld.so.cache"), text, StandardCharsets.ISO_8859_1);
  }

  private boolean found(Map<String, String> environment) {
    return new DriverFile(root, environment).mayBeThere();
  }

  @Test
  void missingWhereNoFolderAndNoCacheHasIt() {
    assertFalse(found(Map.of()));
    assertFalse(found(Map.of("LD_LIBRARY_PATH", "/opt/driver:/elsewhere")));
  }

  @Test
  void foundInTheLoadersCache() throws IOException {
    cache("libc.so.6\0/usr/lib/wsl/lib/libcuda.so.1\0libcuda.so.1\0");
    assertTrue(found(Map.of()));
  }

  @Test
  void foundInAFolder() throws IOException {
    Files.createDirectories(root.resolve("opt/driver"));
    Files.createFile(root.resolve("opt/driver/libcuda.so.1"));
    assertTrue(found(Map.of("LD_LIBRARY_PATH", "/elsewhere:/opt/driver")));
    assertFalse(found(Map.of("LD_LIBRARY_PATH", "/elsewhere")));
    Files.createDirectories(root.resolve("usr/lib64"));
    Files.createFile(root.resolve("usr/lib64/libcuda.so.1"));
    assertTrue(found(Map.of()));
  }

  /** Then only loading shows it, so it must be tried. */
  @Test
  void perhapsThereWithoutACache() throws IOException {
    Files.delete(root.resolve("etc/ld.so.cache"));
    assertTrue(found(Map.of()));
  }

  @Test
  void foundWherePreloaded() {
    assertTrue(found(Map.of("LD_PRELOAD", "/tmp/libcuda.so.1")));
  }

}
