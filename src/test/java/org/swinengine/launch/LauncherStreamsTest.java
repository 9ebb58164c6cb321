package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.CheckedInputStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Standard streams and exit codes are the engine's own. */
@Tag("launcher")
class LauncherStreamsTest {
  private static final int PIPED_BYTES = 48 << 20;

  @TempDir
  static Path temporary;

  private static Path jar;

  @BeforeAll
  static void buildJar() throws Exception {
    jar = LauncherJar.build(temporary);
  }

  static Stream<Jdk> jdks() {
    return LauncherRun.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void exitCodesAreTheEngines(Jdk jdk) throws Exception {
    for (int code : new int[] {0, 2, 255}) {
      LauncherRun run = new LauncherRun(jdk, jar, temporary).start("exit", Integer.toString(code));
      assertEquals(code, run.exitCode(), run.errors());
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void anExceptionOfTheEngineLooksAsWithoutLauncher(Jdk jdk) throws Exception {
    LauncherRun run = new LauncherRun(jdk, jar, temporary).start("throw");
    assertEquals(1, run.exitCode());
    String trace = "Exception in thread \"main\" java.lang.IllegalStateException: thrown by the engine";
    assertTrue(run.errors().contains(trace), run.errors());
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void largeDataPassesThroughBothPipes(Jdk jdk) throws Exception {
    Process process = new LauncherRun(jdk, jar, temporary).start("copy").process();
    CRC32 sent = new CRC32();
    CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> send(process.getOutputStream(), sent));
    CheckedInputStream received = new CheckedInputStream(process.getInputStream(), new CRC32());
    long count = received.transferTo(OutputStream.nullOutputStream());
    writer.join();
    assertEquals(PIPED_BYTES, count);
    assertEquals(sent.getValue(), received.getChecksum().getValue());
    assertEquals(0, process.waitFor());
  }

  /** As in {@code java -jar swin-engine.jar ... | head -1}. */
  @ParameterizedTest
  @MethodSource("jdks")
  void theEngineSeesThatNobodyReadsItsOutput(Jdk jdk) throws Exception {
    LauncherRun run = new LauncherRun(jdk, jar, temporary).start("flood");
    assertEquals("more and more", run.readLine());
    try (InputStream output = run.process().getInputStream()) {
      assertTrue(output.read() >= 0);
    }
    assertEquals(3, run.exitCode());
  }

  private static void send(OutputStream out, CRC32 checksum) {
    byte[] block = new byte[1 << 16];
    Random random = new Random(1);
    try (out) {
      for (int sent = 0; sent < PIPED_BYTES; sent += block.length) {
        random.nextBytes(block);
        checksum.update(block);
        out.write(block);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
