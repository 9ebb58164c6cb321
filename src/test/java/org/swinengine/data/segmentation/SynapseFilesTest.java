package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.data.DatasetException;

/** Slices and volumes as NumPy and h5py wrote them; {@code volumes.py} made files and table. */
class SynapseFilesTest {
  static List<String> files() {
    List<String> names = new ArrayList<>();
    NiftiTest.TABLE.fieldNames().forEachRemaining(name -> {
      if (!name.contains(".nii")) {
        names.add(name);
      }
    });
    assertTrue(names.size() >= 11, names.toString());
    return names;
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsWhatWasWritten(String name) throws IOException {
    JsonNode wanted = NiftiTest.TABLE.get(name);
    SynapseCase read = SynapseFiles.read(NiftiTest.FILES.resolve(name), 9);
    int[] shape = new int[wanted.get("shape").size()];
    Arrays.setAll(shape, i -> wanted.get("shape").get(i).asInt());
    assertArrayEquals(shape, read.shape());
    assertArrayEquals(NiftiTest.floats(wanted.get("values")), read.image());
    int[] labels = new int[wanted.get("labels").size()];
    Arrays.setAll(labels, i -> wanted.get("labels").get(i).asInt());
    assertArrayEquals(labels, read.labels());
  }

  @Test
  void labelsOutsideTheRangeAreNamedWithTheirPlace() {
    DatasetException e =
        assertThrows(
            DatasetException.class, () -> SynapseFiles.read(NiftiTest.FILES.resolve("slice.npz"), 8));
    JsonNode labels = NiftiTest.TABLE.get("slice.npz").get("labels");
    int at = 0;
    while (labels.get(at).asInt() != 8) {
      at++;
    }
    assertTrue(
        e.getMessage().endsWith(
            "slice.npz, array \"label\" holds 8 at [" + at / 5 + ", " + at % 5
                + "], but the classes are 0 to 7."),
        e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
  }
}
