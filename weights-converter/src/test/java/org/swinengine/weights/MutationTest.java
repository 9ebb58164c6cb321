package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged files are read or refused with a sentence; nothing else may come out of a reader. */
class MutationTest {
  private static final int ROUNDS = 1500;
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"timm_vit/weights.pth,1", "timm_vit/weights.safetensors,2", "timm_vit/input.npy,3", "legacy,4"})
  void aDamagedFileIsReadOrRefused(String fixture, long seed) throws IOException {
    byte[] sound = shrink(fixture);
    Random random = new Random(seed);
    int refused = 0;
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] damaged = damage(sound, random);
      // A new name each time: overwriting makes some file systems flush, which takes most of the test's time.
      Path file = folder.resolve("damaged" + round);
      Files.write(file, damaged);
      try {
        TestFiles.readAll(WeightFiles.read(file));
        read++;
      } catch (WeightFileException e) {
        assertTrue(e.getMessage().length() < 2000, e.getMessage());
        refused++;
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        throw new AssertionError("round " + round + " of seed " + seed, e);
      }
      Files.delete(file);
    }
    assertTrue(refused > ROUNDS / 4 && read > 0, refused + " refused, " + read + " read");
  }

  /** Few and small tensors, so that most damage hits what is parsed. */
  private byte[] shrink(String fixture) throws IOException {
    if (fixture.equals("legacy")) {
      return Files.readAllBytes(TorchLegacyTest.file("reader_legacy_shared_storage.pt"));
    }
    if (fixture.endsWith(".npy")) {
      byte[] bytes = Files.readAllBytes(TestFiles.fixture(fixture));
      Path small = folder.resolve("small");
      Npy.write(small, ArrayData.ofFloats(new long[] {2, 3}, 1, 2, 3, 4, 5, 6));
      assertTrue(Arrays.equals(bytes, 0, 8, Files.readAllBytes(small), 0, 8));
      return Files.readAllBytes(small);
    }
    StateDict dict = WeightFiles.read(TestFiles.fixture(fixture));
    StateDict.Builder few = StateDict.builder().metadata("format", "pt");
    dict.names().stream().filter(name -> dict.get(name).count() < 100).limit(8)
        .forEach(name -> few.put(name, dict.get(name)));
    StateDict small = few.build();
    if (fixture.endsWith(".safetensors")) {
      Path file = folder.resolve("small");
      Safetensors.write(file, small);
      return Files.readAllBytes(file);
    }
    PickleWriter pickle = new PickleWriter().raw("}(");
    byte[][] storages = new byte[small.size()][];
    int key = 0;
    for (String name : small.names()) {
      ArrayData array = small.get(name);
      storages[key] = array.rawLittleEndian();
      pickle.text(name).tensor("FloatStorage", "" + key++, array.count(), 0, new long[] {array.count()},
          new long[] {1});
    }
    pickle.text("args").global("argparse", "Namespace").raw(41, 0x81).raw("}").text("x").raw("]Nasbu");
    return ZipWriter.checkpoint(pickle.stop(), storages);
  }

  private static byte[] damage(byte[] sound, Random random) {
    byte[] bytes = sound.clone();
    for (int times = 1 + random.nextInt(4); times > 0; times--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 3, 4 -> bytes[at] = (byte) random.nextInt();
        case 5 -> bytes = insert(bytes, at, random);
        case 6 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(8)), (byte) 0xff);
        default -> bytes = random.nextInt(4) > 0 ? bytes : Arrays.copyOf(bytes, at + 1);
      }
    }
    return bytes;
  }

  private static byte[] insert(byte[] bytes, int at, Random random) {
    byte[] more = new byte[1 + random.nextInt(16)];
    random.nextBytes(more);
    byte[] result = Arrays.copyOf(bytes, bytes.length + more.length);
    System.arraycopy(bytes, at, result, at + more.length, bytes.length - at);
    System.arraycopy(more, 0, result, at, more.length);
    return result;
  }
}
