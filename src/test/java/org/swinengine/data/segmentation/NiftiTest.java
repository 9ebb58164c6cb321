package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Volumes beside what nibabel reads in them; {@code volumes.py} wrote files and table. */
class NiftiTest {
  static final Path FILES = Path.of("src/test/resources/org/swinengine/data/segmentation/volumes");
  static final JsonNode TABLE = table();

  private static JsonNode table() {
    try (InputStream in = NiftiTest.class.getResourceAsStream("volumes.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> files() {
    List<String> names = new ArrayList<>();
    TABLE.fieldNames().forEachRemaining(name -> {
      if (name.contains(".nii")) {
        names.add(name);
      }
    });
    return names;
  }

  static float[] floats(JsonNode list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) list.get(i).asDouble();
    }
    return values;
  }

  private static void check(JsonNode wanted, String prefix, Volume volume) {
    List<Integer> shape = new ArrayList<>(List.of(1, 1, 1, 1));
    JsonNode list = wanted.get(prefix + "shape");
    for (int axis = 0; axis < Math.min(4, list.size()); axis++) {
      shape.set(axis, list.get(axis).asInt());
    }
    assertEquals(shape, List.of(volume.width(), volume.height(), volume.depth(), volume.times()));
    assertArrayEquals(floats(wanted.get(prefix + "values")), volume.values());
    for (int i = 0; i < 12; i++) {
      // The rotation of a quaternion in another order of sums.
      assertEquals(wanted.get(prefix + "affine").get(i).asDouble(), volume.affine().at(i / 4, i % 4), 1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsAndTurnsAsNibabelDoes(String name) throws IOException {
    Volume volume = Nifti.read(FILES.resolve(name));
    check(TABLE.get(name), "", volume);
    assertEquals(TABLE.get(name).get("codes").asText(), Orientation.of(volume.affine()).toString());
    check(TABLE.get(name), "canonical_", volume.canonical());
  }

  @ParameterizedTest
  @MethodSource("files")
  void predictionsHaveTheInputsGeometry(String name, @TempDir Path folder) throws IOException {
    Volume volume = Nifti.read(FILES.resolve(name));
    int[] labels = new int[volume.width() * volume.height() * volume.depth()];
    for (int most : new int[] {9, 300, 70_000}) {
      Arrays.setAll(labels, i -> i == 1 ? most : i % 9);
      for (String suffix : new String[] {".nii", ".nii.gz"}) {
        Path file = folder.resolve("mask" + suffix);
        Nifti.writeLabels(file, labels, volume);
        Volume written = Nifti.read(file);
        assertEquals(volume.affine(), written.affine());
        assertEquals(1, written.times());
        for (int i = 0; i < labels.length; i++) {
          assertEquals(labels[i], written.values()[i]);
        }
      }
    }
    Path floats = folder.resolve("values.nii.gz");
    Nifti.writeFloats(floats, volume.values(), volume);
    assertArrayEquals(volume.values(), Nifti.read(floats).values());
    assertEquals(volume.times(), Nifti.read(floats).times());
    try (var left = Files.list(folder)) {
      assertEquals(3, left.count());
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void canonicalMapsGoBack(String name, @TempDir Path folder) throws IOException {
    Volume volume = Nifti.read(FILES.resolve(name));
    int[] stored = new int[volume.width() * volume.height() * volume.depth()];
    Arrays.setAll(stored, i -> i);
    float[] asFloats = new float[stored.length];
    for (int i = 0; i < stored.length; i++) {
      asFloats[i] = i;
    }
    Orientation orientation = Orientation.of(volume.affine());
    float[] turned =
        orientation.apply(asFloats, new int[] {volume.width(), volume.height(), volume.depth(), 1});
    int[] canonical = new int[turned.length];
    Arrays.setAll(canonical, i -> (int) turned[i]);
    assertArrayEquals(stored, orientation.restore(canonical, volume));
    Volume ras = volume.canonical();
    Nifti.writeLabels(folder.resolve("ras.nii"), canonical, ras);
    Volume written = Nifti.read(folder.resolve("ras.nii"));
    assertEquals("RAS", Orientation.of(written.affine()).toString());
    for (int i = 0; i < 12; i++) {
      // Written as float32.
      assertEquals(ras.affine().at(i / 4, i % 4), written.affine().at(i / 4, i % 4), 1e-5);
    }
  }

  @Test
  void writtenTwiceAreTheSameBytes(@TempDir Path folder) throws IOException {
    Volume volume = Nifti.read(FILES.resolve("scaled.nii.gz"));
    Path first = folder.resolve("a.nii.gz");
    Path second = folder.resolve("b.nii.gz");
    Nifti.writeFloats(first, volume.values(), volume);
    Nifti.writeFloats(second, volume.values(), volume);
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
  }
}
