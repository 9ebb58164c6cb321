package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {
  @TempDir
  Path folder;

  @BeforeEach
  void images() throws IOException {
    for (String name : new String[] {"a/1.pgm", "a/2.pgm", "b/1.pgm", "b/2.pgm"}) {
      for (String part : new String[] {"train/", "val/"}) {
        Path file = folder.resolve(part + name);
        Files.createDirectories(file.getParent());
        Files.write(file, pgm(name.hashCode()));
      }
    }
  }

  /** 200 × 100 pixels, more than the samples of a file cover. */
  private static byte[] pgm(int level) {
    byte[] file = new byte[20_000 + 15];
    Arrays.fill(file, (byte) level);
    byte[] header = "P5 200 100 255\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    System.arraycopy(header, 0, file, 0, header.length);
    return file;
  }

  private Fingerprint fingerprint(int verifyUpTo) throws IOException {
    return Datasets.open(folder, DatasetOptions.DEFAULT.withVerifyUpTo(verifyUpTo)).train().fingerprint()
        .orElseThrow();
  }

  /** Whether the files have been read (up to 100) or not. */
  @ParameterizedTest
  @ValueSource(ints = {100, 0})
  void aReplacedPictureOfEqualSizeIsFound(int verifyUpTo) throws IOException {
    Fingerprint before = fingerprint(verifyUpTo);
    assertEquals(verifyUpTo > 0, before.isWhole());
    assertEquals(before.digest(), fingerprint(verifyUpTo).digest());
    Path file = folder.resolve("train/b/1.pgm");
    FileTime time = Files.getLastModifiedTime(file);
    Files.write(file, pgm(99));
    Files.setLastModifiedTime(file, time);
    Fingerprint after = fingerprint(verifyUpTo);
    assertNotEquals(before.digest(), after.digest());
    assertEquals(before.contents()[0], after.contents()[0]);
    assertNotEquals(before.contents()[2], after.contents()[2]);
  }

  @Test
  void oneBitIsFoundInFilesThatAreRead() throws IOException {
    Fingerprint before = fingerprint(100);
    byte[] file = pgm("b/1.pgm".hashCode());
    file[7000] ^= 1;
    Files.write(folder.resolve("train/b/1.pgm"), file);
    assertNotEquals(before.digest(), fingerprint(100).digest());
  }

  @Test
  void timesAndNamesDoNotCountButTheOrderDoes() throws IOException {
    String before = fingerprint(100).digest();
    Files.setLastModifiedTime(folder.resolve("train/a/1.pgm"), FileTime.fromMillis(0));
    Files.move(folder.resolve("train/a/1.pgm"), folder.resolve("train/a/0.pgm"));
    assertEquals(before, fingerprint(100).digest());
    Files.move(folder.resolve("train/a/0.pgm"), folder.resolve("train/a/3.pgm"));
    assertNotEquals(before, fingerprint(100).digest());
  }

  @Test
  void dataInMemoryAndViewsHaveOne() throws IOException {
    Dataset data = BuiltInData.test();
    Fingerprint all = data.fingerprint().orElseThrow();
    assertEquals(4000, all.contents().length);
    Fingerprint some = DatasetView.of(data, new int[] {5, 7}).fingerprint().orElseThrow();
    assertEquals(all.contents()[7], some.contents()[1]);
    assertNotEquals(all.digest(), some.digest());
    assertTrue(some.isWhole());
    assertFalse(some.contents()[0] == some.contents()[1]);
  }
}
