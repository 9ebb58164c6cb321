package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.data.DatasetException;

/** Folders of DICOM slices are the volumes that pydicom's values and positions make; see series.py. */
class DicomSeriesTest {
  @TempDir
  Path folder;

  private static JsonNode table(String name) throws IOException {
    return new ObjectMapper().readTree(DicomWorld.FILES.resolve("series.json").toFile()).get(name);
  }

  private static float[] floats(JsonNode numbers) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.get(i).asDouble();
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(strings = {"axial", "sagittal", "oblique", "tilted"})
  void seriesAreVolumes(String name) throws IOException {
    DicomWorld.unpack(name, folder);
    assertTrue(DicomSeries.isAt(folder));
    Volume volume = DicomSeries.at(folder).volume();
    assertArrayEquals(
        new int[] {5, 6, 4, 1},
        new int[] {volume.width(), volume.height(), volume.depth(), volume.times()});
    JsonNode expected = table(name);
    assertArrayEquals(floats(expected.get("values")), volume.values());
    for (int i = 0; i < 12; i++) {
      assertEquals(expected.get("affine").get(i).asDouble(), volume.affine().at(i / 4, i % 4), 1e-9);
    }
    Path copy = folder.resolve("copy.nii");
    Nifti.writeFloats(copy, volume.values(), volume);
    assertArrayEquals(volume.values(), Nifti.read(copy).values());
  }

  @ParameterizedTest
  @ValueSource(strings = {"labels.nii", "labels.dcm", "labels"})
  void labelsOfAnyFormatStandAtTheirVoxels(String labels) throws IOException {
    DicomWorld.unpack("oblique", folder.resolve("images/a"));
    DicomWorld.unpack("oblique-labels", folder.resolve("all"));
    String ending = labels.replaceFirst("labels", "");
    Files.createDirectories(folder.resolve("masks"));
    Files.move(folder.resolve("all").resolve(labels), folder.resolve("masks/a" + ending));
    SegmentationDataset data = SegmentationData.at(folder, SegmentationOptions.DEFAULT).all();
    assertEquals(List.of("background", "class 1", "class 2"), data.classNames());
    JsonNode expected = table("oblique").get("labels");
    assertEquals(4, data.size());
    for (int z = 0; z < 4; z++) {
      assertEquals("a", data.volume(z).orElseThrow());
      byte[] mask = data.pair(z).mask().pixels();
      for (int i = 0; i < 30; i++) {
        assertEquals(expected.get(z * 30 + i).asInt(), mask[i], labels + " slice " + z + " pixel " + i);
      }
    }
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    DicomSeries series = DicomSeries.at(DicomWorld.unpack("tilted", folder.resolve("series")));
    int[] labels = new int[120];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i < 60 ? i % 3 : i < 90 ? 1 : 0;
    }
    ClassTable classes = ClassTable.numbered(List.of("background", "liver", "spleen"));
    Path file = folder.resolve("seg.dcm");
    DicomSegmentation.write(file, labels, series, classes, "engine 1.0");
    float[] read = DicomSegmentation.labels(file, series);
    for (int i = 0; i < labels.length; i++) {
      assertEquals(labels[i], read[i]);
    }
    DicomSegmentation.write(file, new int[120], series, classes, "engine 1.0");
    assertArrayEquals(new float[120], DicomSegmentation.labels(file, series));
  }

  private String refused(Path of) {
    String message =
        String.valueOf(
            assertThrows(DatasetException.class, () -> DicomSeries.at(of).volume()).getMessage());
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.contains(folder.toString()) && message.endsWith("."), message);
    return message;
  }

  private static void edit(Path file, String from, String to) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    assertTrue(text.contains(from) && from.length() == to.length(), from);
    Files.write(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
  }

  private Path axial(String name) throws IOException {
    return DicomWorld.unpack("axial", folder.resolve(name));
  }

  /** In the order of the slices. */
  private static List<Path> slices(Path of) throws IOException {
    return DicomSeries.at(of).files();
  }

  @Test
  void whatIsNoVolumeIsSaid() throws IOException {
    Path missing = axial("missing");
    Files.delete(slices(missing).get(1));
    assertTrue(refused(missing).contains("6.000 mm"), refused(missing));
    Path twice = axial("twice");
    Files.copy(slices(twice).get(2), twice.resolve("again.dcm"));
    assertTrue(refused(twice).contains("two slices at one place"), refused(twice));
    Path mixed = axial("mixed");
    DicomWorld.unpack("sagittal", folder.resolve("other"));
    for (Path file : slices(folder.resolve("other"))) {
      Files.copy(file, mixed.resolve("other-" + file.getFileName()));
    }
    assertTrue(refused(mixed).contains("2 series") && refused(mixed).contains("sagittal"), refused(mixed));
    Path strange = axial("strange");
    Files.writeString(strange.resolve("report.dcm"), "no DICOM");
    assertTrue(refused(strange).contains("report.dcm is no DICOM file"), refused(strange));
    Path tilted = axial("turned");
    edit(slices(tilted).get(0), "1\\0\\0\\0\\1\\0", "0\\1\\0\\1\\0\\0");
    assertTrue(refused(tilted).contains("differ in direction"), refused(tilted));
    Path nan = axial("nan");
    edit(slices(nan).get(0), "0.75\\1.5", "0.75\\NaN");
    assertTrue(refused(nan).contains("(0028,0030)"), refused(nan));
    Path unplaced = axial("unplaced");
    Path last = slices(unplaced).get(3);
    edit(last, "-10.25\\20.5\\16", "              ");
    assertTrue(refused(unplaced).contains("says no position (0020,0032)"), refused(unplaced));
    assertTrue(refused(Files.createDirectories(folder.resolve("empty"))).contains("no DICOM files"));
  }

  @Test
  void labelsOfAnotherPlaceAreRefused() throws IOException {
    DicomSeries oblique = DicomSeries.at(DicomWorld.unpack("oblique", folder.resolve("a")));
    DicomWorld.unpack("axial", folder.resolve("images/b"));
    DicomWorld.unpack("oblique-labels", folder.resolve("all"));
    Files.createDirectories(folder.resolve("masks"));
    Files.copy(folder.resolve("all/labels.nii"), folder.resolve("masks/b.nii"));
    String message =
        assertThrows(
            DatasetException.class, () -> SegmentationData.at(folder, SegmentationOptions.DEFAULT))
            .getMessage();
    assertTrue(message.contains("do not stand where the slices"), message);
    Path cut = folder.resolve("cut.dcm");
    byte[] whole = Files.readAllBytes(folder.resolve("all/labels.dcm"));
    Files.write(cut, Arrays.copyOf(whole, whole.length - 12));
    message = assertThrows(DatasetException.class, () -> DicomSegmentation.labels(cut, oblique)).getMessage();
    assertTrue(message.contains("cut off"), message);
    message =
        assertThrows(
            DatasetException.class, () -> DicomSegmentation.labels(oblique.files().get(0), oblique))
            .getMessage();
    assertTrue(message.contains("no DICOM segmentation"), message);
  }
}
