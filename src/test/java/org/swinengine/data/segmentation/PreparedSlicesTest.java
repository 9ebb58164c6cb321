package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.data.DatasetException;
import org.swinengine.data.SampleRange;

/** Slices and volumes hold what NumPy makes of them; see prepared.py. */
class PreparedSlicesTest {
  private static final List<String> NAMES = List.of("i2-little.nii.gz", "scaled.nii", "f4-big.nii");

  @TempDir
  Path folder;

  private Path volumes() throws IOException {
    Path data = folder.resolve("data");
    Files.createDirectories(data.resolve("images"));
    Files.createDirectories(data.resolve("labels"));
    for (String name : NAMES) {
      Path image = data.resolve("images").resolve(name);
      Files.copy(NiftiTest.FILES.resolve(name), image);
      Volume volume = Nifti.read(image);
      int[] labels = new int[volume.values().length];
      Arrays.setAll(labels, i -> i % 14);
      Nifti.writeLabels(data.resolve("labels").resolve(name), labels, volume);
    }
    return data;
  }

  private static PreparedSlices.Options options(String range, double fraction, Map<Integer, Integer> labels) {
    return new PreparedSlices.Options(SampleRange.of(range), fraction, 3, labels);
  }

  @ParameterizedTest
  @ValueSource(strings = {"window:-125:275", "picture:5:90", "full"})
  void valuesAreThoseOfTheDefinition(String range) throws IOException {
    Path data = volumes();
    Path out = folder.resolve("out");
    List<String> said = new ArrayList<>();
    PreparedSlices.Result result =
        PreparedSlices.make(data, out, options(range, 0.34, PreparedSlices.SYNAPSE), said::add);
    assertEquals(2, result.train().size());
    assertEquals(1, result.test().size());
    assertEquals(3, said.size());
    JsonNode table =
        new ObjectMapper().readTree(NiftiTest.FILES.resolveSibling("prepared.json").toFile());
    for (String name : NAMES) {
      String own = name.replaceFirst("\\.nii.*", "");
      JsonNode expected = table.get(name).get(range);
      int depth = table.get(name).get("shape").get(0).asInt();
      List<SynapseCase> slices = new ArrayList<>();
      if (result.test().contains(own)) {
        SynapseCase whole = SynapseFiles.read(out.resolve("test_vol_h5/" + own + ".npy.h5"), 9);
        assertEquals(depth, whole.shape()[0]);
        slices.add(whole);
      } else {
        for (int z = 0; z < depth; z++) {
          slices.add(SynapseFiles.read(out.resolve("train_npz/" + own + "_slice00" + z + ".npz"), 9));
        }
      }
      int at = 0;
      for (SynapseCase slice : slices) {
        for (int i = 0; i < slice.image().length; i++, at++) {
          assertEquals((float) expected.get(at).asDouble(), slice.image()[i], name + " " + at);
          assertEquals(PreparedSlices.SYNAPSE.getOrDefault(at % 14, 0), slice.labels()[i]);
        }
      }
      assertEquals(expected.size(), at);
    }
    assertEquals(result.slices(), Files.readAllLines(out.resolve("lists/train.txt")).size());
    assertEquals(result.test(), Files.readAllLines(out.resolve("lists/test_vol.txt")));
    SegmentationData read = SegmentationData.at(out, SegmentationOptions.DEFAULT);
    assertEquals(result.slices(), read.splits().train().size());
    assertEquals(result.test().get(0), ((SegmentationDataset) read.splits().validation()).volume(0).get());
  }

  /** Scans that were masked hold what is no number outside; the rest is scaled as if it were not there. */
  @Test
  void whatIsNoNumberDoesNotScale() throws IOException {
    Path data = volumes();
    Path image = data.resolve("images/f4-big.nii");
    byte[] bytes = Files.readAllBytes(image);
    int voxels = Nifti.read(image).values().length;
    for (int i = 0; i < voxels; i += 10) {
      ByteBuffer.wrap(bytes).putFloat(bytes.length - 4 * (voxels - i), Float.NaN);
    }
    Files.write(image, bytes);
    Path out = folder.resolve("out");
    PreparedSlices.make(data, out, options("picture:1:99", 0, Map.of()), line -> {});
    SynapseCase slice = SynapseFiles.read(out.resolve("train_npz/f4-big_slice000.npz"), 255);
    int black = 0;
    for (float value : slice.image()) {
      black += value == 0 ? 1 : 0;
    }
    assertTrue(black >= slice.image().length / 10 && black < slice.image().length / 2, "black: " + black);
  }

  /** A case of one part must not take another's place. */
  @Test
  void casesOfTwoPartsHaveTwoNames() throws IOException {
    Path data = volumes();
    for (String part : List.of("val", "test")) {
      for (String what : List.of("images", "labels")) {
        Path place = Files.createDirectories(data.resolve(part).resolve(what));
        Files.copy(data.resolve(what).resolve("scaled.nii"), place.resolve("case.nii"));
      }
    }
    for (String what : List.of("images", "labels")) {
      Path place = data.resolve("train").resolve(what);
      Files.createDirectories(place.getParent());
      Files.move(data.resolve(what), place);
    }
    String message =
        assertThrows(
            IllegalArgumentException.class,
            () -> PreparedSlices
                .make(data, folder.resolve("out"), options("full", 0.5, Map.of()), line -> {}))
            .getMessage();
    assertTrue(message.contains("case is in two parts"), message);
  }

  @Test
  void whatWasStoppedGoesOn() throws IOException {
    Path data = volumes();
    Path out = folder.resolve("out");
    PreparedSlices.Options options = options("full", 0.34, Map.of());
    PreparedSlices.Result first = PreparedSlices.make(data, out, options, line -> {});
    assertEquals(3, first.written());
    Path some = out.resolve("train_npz").resolve(first.train().get(0) + "_slice001.npz");
    byte[] before = Files.readAllBytes(some);
    Files.delete(some);
    assertEquals(1, PreparedSlices.make(data, out, options, line -> {}).written());
    assertArrayEquals(before, Files.readAllBytes(some));
    assertEquals(0, PreparedSlices.make(data, out, options, line -> {}).written());
    PreparedSlices.Options other = options("full", 0.34, Map.of(1, 1));
    String message =
        assertThrows(DatasetException.class, () -> PreparedSlices.make(data, out, other, line -> {}))
            .getMessage();
    assertTrue(message.contains("other options"), message);
    PreparedSlices.Result again = PreparedSlices.make(data, folder.resolve("again"), options, line -> {});
    assertEquals(first.test(), again.test());
  }

  @Test
  void dicomSeriesAndTheChallengesFoldersAreTaken() throws IOException {
    Path data = folder.resolve("acdc");
    for (String patient : List.of("patient001", "patient002")) {
      Path own = Files.createDirectories(data.resolve(patient));
      for (String frame : List.of("frame01", "frame12")) {
        Path image = own.resolve(patient + "_" + frame + ".nii.gz");
        Files.copy(NiftiTest.FILES.resolve("i2-little.nii.gz"), image);
        Volume volume = Nifti.read(image);
        int[] labels = new int[volume.values().length];
        labels[5] = 2;
        labels[6] = 1;
        Nifti.writeLabels(own.resolve(patient + "_" + frame + "_gt.nii.gz"), labels, volume);
      }
    }
    assertTrue(SegmentationData.isAt(data));
    PreparedSlices.Result result =
        PreparedSlices.make(data, folder.resolve("out"), options("picture:1:99", 0.5, Map.of()), s -> {});
    assertEquals(2, result.train().size());
    assertEquals(result.train().get(0).substring(0, 10), result.train().get(1).substring(0, 10));
    Path dicom = folder.resolve("dicom");
    DicomWorld.unpack("oblique", dicom.resolve("images/a"));
    DicomWorld.unpack("oblique-labels", folder.resolve("all"));
    Files.createDirectories(dicom.resolve("labels"));
    Files.move(folder.resolve("all/labels.dcm"), dicom.resolve("labels/a.dcm"));
    Path made = folder.resolve("made");
    PreparedSlices.make(dicom, made, options("window:-125:275", 0, Map.of()), s -> {});
    assertArrayEquals(new int[] {6, 5},
        SynapseFiles.read(made.resolve("train_npz/a_slice003.npz"), 3).shape());
  }
}
