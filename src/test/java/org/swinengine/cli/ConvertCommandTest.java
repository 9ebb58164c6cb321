package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class ConvertCommandTest {
  @TempDir
  private Path folder;

  private static String convert(int exitCode, Path output, String... more) throws Exception {
    StringWriter errors = new StringWriter();
    String[] arguments = new String[3 + more.length];
    arguments[0] = "convert";
    arguments[1] = Path
        .of(ConvertCommandTest.class.getResource("/fixtures/ms_swin/weights.safetensors").toURI()).toString();
    arguments[2] = output.toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    CommandLine line = Main.commandLine(arguments).setErr(new PrintWriter(errors, true));
    line.setOut(new PrintWriter(new StringWriter()));
    assertEquals(exitCode, line.execute(arguments), errors::toString);
    return errors.toString();
  }

  @Test
  void aFileThatExistsIsReplacedOnlyIfThatIsAskedFor() throws Exception {
    Path output = folder.resolve("mine.pth");
    Files.writeString(output, "years of work");
    String error = convert(1, output);
    assertTrue(error.contains("mine.pth exists already; choose another name, or replace it with --force"),
        error);
    assertEquals("years of work", Files.readString(output));
    convert(0, output, "--force");
    Path fresh = folder.resolve("fresh.pth");
    convert(0, fresh);
    assertArrayEquals(Files.readAllBytes(fresh), Files.readAllBytes(output));
  }

  /** What a link would lead to is another's file as well, and be it one that does not exist yet. */
  @Test
  void aLinkIsNoNewFile() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), folder.resolve("nowhere"));
    assertTrue(convert(1, link).contains("exists already"));
    assertTrue(Files.notExists(folder.resolve("nowhere")));
  }
}
