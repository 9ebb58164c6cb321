package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.swinengine.data.Csv;
import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.data.segmentation.DicomSegmentation;
import org.swinengine.data.segmentation.DicomSeries;
import org.swinengine.data.segmentation.GreyValues;
import org.swinengine.data.segmentation.MaskFiles;
import org.swinengine.data.segmentation.NeighbourSlices;
import org.swinengine.data.segmentation.Nifti;
import org.swinengine.data.segmentation.Volume;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.Picture;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.inference.segmentation.MaskOverlay;
import org.swinengine.inference.segmentation.Region;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.metrics.segmentation.Components;
import org.swinengine.metrics.segmentation.Grid;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code predict} of a model that gives each pixel a class: masks, overlays, areas. */
final class SegmentPredict {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--masks",
      paramLabel = "DIR",
      description = "Of a model that segments: write the class of each pixel into this folder, as PNG with"
          + " the classes' colours for a palette; of a volume (NIfTI, or DICOM slices in a folder) as NIfTI"
          + " with its geometry. Of a model of overlapping labels, a folder for each class with a mask of 0"
          + " and 255, or of volumes 0 and 1.")
  private Path masks;

  @Option(
      names = "--overlays",
      paramLabel = "DIR",
      description = "Of a model that segments: also write each picture with the classes drawn over it.")
  private Path overlays;

  @Option(
      names = "--smallest",
      paramLabel = "N",
      defaultValue = "0",
      description = "Leave out connected parts of less than so many pixels. Default: none.")
  private int smallest;

  @Option(names = "--largest-only", description = "Keep the largest connected part of each class alone.")
  private boolean largestOnly;

  @Option(
      names = "--dicom-seg",
      description = "Of a model that segments: with --masks, write the classes of a DICOM series as a DICOM"
          + " segmentation too.")
  private boolean dicomSegmentation;

  private final Set<String> taken = new HashSet<>();
  private final Map<Picture, DicomSeries> series = new HashMap<>();
  private final Map<Picture, IOException> refused = new HashMap<>();
  private final ArrayNode all = Json.array();
  private Segmenter segmenter;
  private ClassTable classes;
  private CleanUp stored = CleanUp.NONE;
  private FormatOption.Format format;

  /** Throws where another model was meant. */
  void requireUnused() {
    if (masks != null || overlays != null || smallest != 0 || largestOnly || dicomSegmentation) {
      throw new ParameterException(
          command.commandLine(),
          "--masks, --overlays, --smallest, --largest-only and --dicom-seg are for models that give each"
              + " pixel a class, and this one classifies whole images");
    }
  }

  /** The same, where DICOM files of one series in a folder are one volume. */
  List<Picture> volumes(List<Picture> pictures) throws IOException {
    Map<Path, List<Path>> folders = new LinkedHashMap<>();
    for (Picture picture : pictures) {
      Path file = picture.file().orElse(null);
      if (file != null && DicomSeries.isFile(file)) {
        Path folder = file.toAbsolutePath().getParent();
        folders.computeIfAbsent(folder, one -> new ArrayList<>()).add(file);
      }
    }
    Map<Path, Picture> ofFile = new HashMap<>();
    for (Map.Entry<Path, List<Path>> one : folders.entrySet()) {
      try {
        for (DicomSeries found : DicomSeries.among(one.getKey(), one.getValue())) {
          Path first = found.files().get(0);
          Picture volume = Picture.of(first.getParent() == null ? one.getKey() : first.getParent());
          series.put(volume, found);
          found.files().forEach(file -> ofFile.put(file, volume));
        }
      } catch (IOException e) {
        Picture folder = Picture.of(one.getKey());
        refused.put(folder, e);
        one.getValue().forEach(file -> ofFile.put(file, folder));
      }
    }
    Set<Picture> all = new LinkedHashSet<>();
    for (Picture picture : pictures) {
      all.add(picture.file().map(ofFile::get).orElse(picture));
    }
    if (dicomSegmentation && (masks == null || series.isEmpty() && refused.isEmpty())) {
      throw new ParameterException(
          command.commandLine(),
          masks == null ? "--dicom-seg goes with --masks"
              : "--dicom-seg is for DICOM series, of which there is none");
    }
    return List.copyOf(all);
  }

  /** Segments pictures, one after the other. */
  void run(
      Segmenter by, SegmentOptions how, Ensemble models, List<Picture> pictures, FormatOption.Format asked,
      PictureProgress progress) throws IOException {
    segmenter = by;
    Path classTable = how.classTable();
    format = asked;
    stored = largestOnly || smallest > 1 ? CleanUp.NONE : how.stored(models);
    if (stored.isOn()) {
      command.commandLine().getErr().println(
          "clean-up  " + stored.text(by.classes().names())
              + " (" + SegmentOptions.origin(models)
              + "; --clean-up off leaves predictions as they are)");
    }
    how.resizedUnasked(models)
        .ifPresent(text -> command.commandLine().getErr().println("windows   " + text));
    List<String> names = by.classes().names();
    classes = classTable == null ? ClassTable.numbered(names) : ClassTable.read(classTable);
    if (classes.size() != names.size()) {
      throw new ParameterException(
          command.commandLine(),
          "--class-table has " + classes.size() + " classes, but the model tells " + names.size() + " apart"
              + (by.classes().overlapping() ? ", the background among them" : ""));
    }
    List<Path> folders = targets("mask");
    long different = folders.stream().map(one -> one.toString().toLowerCase(Locale.ROOT)).distinct().count();
    if (different < folders.size()) {
      throw new ParameterException(
          command.commandLine(),
          "two classes would have one folder of --masks; give them other names with --class-table");
    }
    for (Path folder : new Path[] {masks, overlays}) {
      if (folder != null) {
        Files.createDirectories(folder);
      }
    }
    PrintWriter out = command.commandLine().getOut();
    if (format == FormatOption.Format.CSV) {
      out.println(Csv.row(List.of("file", "class", "component", "area", "share", "slice", "row", "column")));
    }
    for (Picture picture : pictures) {
      try {
        one(picture, progress);
      } catch (IOException e) {
        progress.unreadable(picture, e);
      } catch (IllegalArgumentException e) {
        // Such as of a picture that is too large at the scale; others are not.
        progress.unreadable(picture, new IOException(e.getMessage(), e));
      }
    }
    if (format == FormatOption.Format.JSON) {
      out.println(all);
    }
  }

  private void one(Picture picture, PictureProgress progress) throws IOException {
    IOException reason = refused.get(picture);
    if (reason != null) {
      throw reason;
    }
    Path file = picture.file().orElse(null);
    DicomSeries dicom = series.get(picture);
    boolean nifti = file != null && file.toString().toLowerCase(Locale.ROOT).matches(".*\\.nii(\\.gz)?");
    boolean volume = nifti || dicom != null;
    String stem = stem(picture.name());
    String written = stem + (volume ? ".nii.gz" : ".png");
    List<Path> targets = targets(written);
    for (Path target : targets) {
      if (file != null && Files.exists(target) && Files.isSameFile(target, file)) {
        throw new IOException(
            "the mask of " + file + " would take its own place; choose another folder for masks");
      }
    }
    // Of classes that may overlap the folder of their folders.
    boolean single = !targets.isEmpty() && !segmenter.classes().overlapping();
    Path target = single ? targets.get(0) : masks;
    List<Region> regions;
    if (volume) {
      regions = ofVolume(file, dicom, target, stem);
    } else {
      regions = ofPicture(picture, target, stem);
    }
    progress.print(() -> print(picture.name(), regions, targets));
  }

  /** The masks that are written of a picture: one, or one for each class; none where none were asked for. */
  private List<Path> targets(String name) {
    if (masks == null) {
      return List.of();
    }
    return segmenter.classes().overlapping()
        ? classes.names().stream().skip(1).map(of -> ClassFolders.file(masks, of, name)).toList()
        : List.of(masks.resolve(name));
  }

  private List<Region> ofPicture(Picture picture, Path target, String stem) throws IOException {
    if (segmenter.model().preprocessing().neighbourSlices() > 0) {
      throw new IOException(
          "the picture " + picture.name() + " is no volume, but the model sees slices with "
              + segmenter.model().preprocessing().neighbourSlices()
              + " neighbours on either side; give it NIfTI files or folders of DICOM slices");
    }
    RawImage image = picture.decode(segmenter.model().preprocessing().decoding());
    Grid grid = Grid.plane(image.height(), image.width());
    byte[] found = segmenter.segment(image);
    int[] labels = cleaned(segmenter.labels(found, grid.elements()), grid);
    if (target != null && segmenter.classes().overlapping()) {
      ClassFolders.pictures(target, stem, labels, grid, classes);
    } else if (target != null) {
      MaskFiles.write(target, image.height(), image.width(), labels, classes);
    }
    if (overlays != null) {
      PictureOutput.png(
          overlays.resolve(stem + ".png"),
          MaskOverlay.of(segmenter.classes().kind(), image, segmenter.packed(labels), classes));
    }
    return Region.of(segmenter.classes().kind(), labels, classes.size(), grid);
  }

  private List<Region> ofVolume(Path file, DicomSeries dicom, Path target, String stem)
      throws IOException {
    Volume volume = dicom == null ? Nifti.read(file) : dicom.volume();
    int plane = volume.height() * volume.width();
    byte[] grey =
        GreyValues.of(volume.values(), segmenter.model().preprocessing().decoding().range(), file);
    int[] labels = new int[plane * volume.depth()];
    for (int z = 0; z < volume.depth(); z++) {
      byte[] found =
          segmenter.segment(
              NeighbourSlices.of(
                  grey, volume.depth(), volume.height(), volume.width(), z,
                  segmenter.model().preprocessing().neighbourSlices()));
      System.arraycopy(segmenter.labels(found, plane), 0, labels, z * plane, plane);
    }
    Grid grid = Grid.volume(volume.depth(), volume.height(), volume.width());
    int[] clean = cleaned(labels, grid);
    boolean overlapping = segmenter.classes().overlapping();
    if (target != null && overlapping) {
      ClassFolders.volumes(target, stem, clean, volume, classes);
    } else if (target != null) {
      Nifti.writeLabels(target, clean, volume);
    }
    if (dicomSegmentation && dicom != null) {
      DicomSegmentation.write(
          masks.resolve(stem + "-seg.dcm"), clean, overlapping, dicom, classes,
          new Version().getVersion()[0]);
    }
    return Region.of(segmenter.classes().kind(), clean, classes.size(), grid);
  }

  private int[] cleaned(int[] labels, Grid grid) {
    return largestOnly || smallest > 1
        ? Components
            .clean(
                segmenter.classes().kind(), labels, classes.size(), grid, Components.Neighbours.CORNERS,
                largestOnly, smallest)
        : stored.apply(segmenter.classes().kind(), labels, grid);
  }

  /** Two pictures of one name in different folders get different masks. */
  private String stem(String name) {
    String file = String.valueOf(Path.of(name).getFileName());
    String stem = file.replaceFirst("(?i)(\\.nii\\.gz|\\.[a-z0-9]{1,5})$", "");
    String free = stem;
    for (int i = 2; !taken.add(free); i++) {
      free = stem + "-" + i;
    }
    return free;
  }

  private void print(String file, List<Region> regions, List<Path> written) {
    PrintWriter out = command.commandLine().getOut();
    switch (format) {
      case TABLE -> out.println(
          file + "  "
              + regions.stream().filter(region -> region.component() == 0)
                  .map(
                      region -> String.format(
                          Locale.ROOT, "%s %.1f %% in %d %s", classes.names().get(region.classNumber()),
                          100 * region.share(), region.components(),
                          region.components() == 1 ? "part" : "parts"))
                  .collect(Collectors.joining(", ")));
      case CSV -> regions.forEach(
          region -> out.println(
              Csv.row(
                  List.of(
                      file, classes.names().get(region.classNumber()),
                      region.component() == 0 ? "all" : Integer.toString(region.component()),
                      Long.toString(region.area()), number(region.share(), 6), number(region.slice(), 1),
                      number(region.row(), 1), number(region.column(), 1)))));
      case JSONL -> out.println(node(Json.object(), file, regions, written));
      case JSON -> node(all.addObject(), file, regions, written);
    }
  }

  private static String number(double value, int digits) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private ObjectNode node(ObjectNode node, String file, List<Region> regions, List<Path> written) {
    node.put("file", file);
    ArrayNode found = node.putArray("classes");
    List<Region> whole = new ArrayList<>();
    regions.stream().filter(region -> region.component() == 0).forEach(whole::add);
    for (Region of : whole) {
      ObjectNode one =
          found.addObject().put("class", classes.names().get(of.classNumber()))
              .put("index", of.classNumber())
              .put("area", of.area()).put("share", of.share());
      if (segmenter.classes().overlapping() && !written.isEmpty()) {
        one.put("mask", written.get(of.classNumber() - 1).toString());
      }
      ArrayNode parts = one.putArray("components");
      regions.stream()
          .filter(part -> part.classNumber() == of.classNumber() && part.component() > 0)
          .forEach(
              part -> parts.addObject().put("area", part.area()).put("slice", part.slice())
                  .put("row", part.row()).put("column", part.column()));
    }
    if (!segmenter.classes().overlapping() && !written.isEmpty()) {
      node.put("mask", written.get(0).toString());
    }
    return node;
  }
}
