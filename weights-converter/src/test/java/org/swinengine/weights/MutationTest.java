package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * 20,000 damaged files are read or refused with a sentence, at a bounded cost; nothing else may come out of a
 * reader. A finding names its seed and round and comes again with them.
 */
class MutationTest {
  /** Values that sizes, counts, offsets and opcodes go wrong at. */
  private static final int[] TELLING =
      {0, 1, 0x7f, 0x80, 0xff, '.', 'R', 'b', 's', 'u', 'a', 'e', 't', 'h', '(', '0'};
  @TempDir
  Path folder;

  /** Of "pickle", the pickle alone is damaged and the archive around it sound. */
  @ParameterizedTest
  @CsvSource({"zip,1,3000", "pickle,2,6000", "legacy,3,3500", "safetensors,4,2500", "npy,5,1000",
    "npz,6,1500",
    "tar,7,500", "script,8,1000", "whole,9,1000"})
  void aDamagedFileIsReadOrRefused(String format, long seed, int rounds) {
    byte[] sound = format.equals("pickle") ? FuzzSeeds.pickle() : FuzzSeeds.of(format, folder);
    Random random = new Random(seed);
    int[] read = new int[1];
    int[] at = new int[1];
    assertTrue(readsOrRefuses("sound", packed(format, sound)), "the undamaged file is read");
    try {
      assertTimeoutPreemptively(Duration.ofSeconds(120), () -> {
        for (int round = 0; round < rounds; round++) {
          at[0] = round;
          // A new name each time: overwriting makes some file systems flush, which takes most of the test's
          // time.
          if (readsOrRefuses("damaged" + round, packed(format, damage(sound, random)))) {
            read[0]++;
          }
        }
      });
    } catch (RuntimeException | Error e) {
      throw new AssertionError("round " + at[0] + " of seed " + seed + ", " + format, e);
    }
    assertTrue(rounds - read[0] > rounds / 4 && read[0] > 0, read[0] + " of " + rounds + " read");
  }

  private static byte[] packed(String format, byte[] bytes) {
    return format.equals("pickle") ? FuzzSeeds.zip(bytes) : bytes;
  }

  private boolean readsOrRefuses(String name, byte[] bytes) {
    Path file = TestFiles.write(folder, name, bytes);
    try {
      return Cost.readsOrRefuses(file, bytes.length);
    } finally {
      delete(file);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] damage(byte[] sound, Random random) {
    byte[] bytes = sound.clone();
    for (int times = 1 + random.nextInt(4); times > 0 && bytes.length > 0; times--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 3 -> bytes[at] = (byte) random.nextInt();
        case 4, 5 -> bytes[at] = (byte) TELLING[random.nextInt(TELLING.length)];
        case 6 -> bytes = replace(bytes, at, 0, noise(random));
        case 7 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(8)), (byte) 0xff);
        case 8 -> {
          int from = random.nextInt(bytes.length);
          byte[] piece =
              Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + 1 + random.nextInt(40)));
          bytes = replace(bytes, at, random.nextBoolean() ? piece.length : 0, piece);
        }
        default -> bytes = random.nextInt(4) > 0 ? replace(bytes, at, 1 + random.nextInt(8), new byte[0])
            : Arrays.copyOf(bytes, at + 1);
      }
    }
    return bytes;
  }

  private static byte[] noise(Random random) {
    byte[] noise = new byte[1 + random.nextInt(16)];
    random.nextBytes(noise);
    return noise;
  }

  /** Puts {@code piece} in the place of {@code length} bytes, or of those that are left. */
  private static byte[] replace(byte[] bytes, int at, int length, byte[] piece) {
    int end = Math.min(bytes.length, at + length);
    byte[] result = Arrays.copyOf(bytes, bytes.length - (end - at) + piece.length);
    System.arraycopy(piece, 0, result, at, piece.length);
    System.arraycopy(bytes, end, result, at + piece.length, bytes.length - end);
    return result;
  }
}
