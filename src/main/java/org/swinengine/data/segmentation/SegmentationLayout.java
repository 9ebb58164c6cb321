package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataPart;
import org.swinengine.data.DatasetException;
import org.swinengine.data.ImageFiles;
import org.swinengine.data.list.ListColumns;

/** Finds pairs in folders, by names. */
final class SegmentationLayout {
  private static final Set<String> IMAGES =
      Set.of("images", "image", "imgs", "img", "imagestr", "jpegimages", "pictures");
  private static final Set<String> MASKS =
      Set.of(
          "masks", "mask", "labels", "label", "labelstr", "annotations", "segmentationclass", "groundtruth",
          "gt");
  private static final int PATIENTS = 3;
  private static final List<String> LISTS = List.of(".csv", ".tsv", ".jsonl");

  private final Path root;
  private final Map<DataPart, List<MaskedPair>> parts = new EnumMap<>(DataPart.class);
  private final List<MaskedPair> undivided = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private SegmentationLayout(Path root) {
    this.root = root;
  }

  /** What is at a path. */
  static SegmentationLayout of(Path path, ListColumns columns) throws IOException {
    SegmentationLayout layout = new SegmentationLayout(path);
    if (Files.isRegularFile(path)) {
      MaskList.read(path, columns, layout.parts, layout.undivided);
    } else if (!Files.isDirectory(path)) {
      throw new DatasetException("The data " + path + " do not exist. Check the path.");
    } else if (!layout.folder(path, null)) {
      layout.findParts(columns);
    }
    if (layout.parts.isEmpty() && layout.undivided.isEmpty()) {
      throw new DatasetException(
          path + " has no pictures with masks: expected folders images and masks with files of the same names"
              + " (also below train, val and test), or a list with columns image and mask.");
    }
    return layout;
  }

  /** Whether a folder or list looks like pictures with masks, by names alone. */
  static boolean isAt(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return isList(path) && MaskList.maskColumn(path, ListColumns.USUAL).isPresent();
    }
    if (!Files.isDirectory(path)) {
      return false;
    }
    List<Path> below = folders(path);
    if (hasBoth(below) || below.stream().anyMatch(SegmentationLayout::isSynapseFolder)) {
      return true;
    }
    for (Path folder : below) {
      if (hasBoth(folders(folder))) {
        return true;
      }
    }
    // Folders of classes may hold many files; those of patients do not.
    for (Path folder : below.subList(0, Math.min(PATIENTS, below.size()))) {
      if (!beside(folder).isEmpty()) {
        return true;
      }
    }
    return !beside(path).isEmpty();
  }

  private static boolean hasBoth(List<Path> folders) {
    return find(folders, IMAGES) != null && find(folders, MASKS) != null;
  }

  private static boolean isSynapseFolder(Path folder) {
    String name = name(folder);
    return name.endsWith("_npz") || name.endsWith("_h5");
  }

  Map<DataPart, List<MaskedPair>> parts() {
    return parts;
  }

  List<MaskedPair> undivided() {
    return undivided;
  }

  List<String> notes() {
    return notes;
  }

  /** Takes a folder with images and masks, or of Synapse's files; false if it is neither. */
  private boolean folder(Path folder, @Nullable DataPart part) throws IOException {
    List<Path> below = folders(folder);
    Path images = find(below, IMAGES);
    Path masks = find(below, MASKS);
    List<MaskedPair> pairs = new ArrayList<>();
    if (images != null && masks != null) {
      List<Path> ofImages = part == null ? parts(images) : List.of();
      if (!ofImages.isEmpty()) {
        for (Path inner : ofImages) {
          Path same = masks.resolve(inner.getFileName());
          if (Files.isDirectory(same)) {
            parts.put(DataPart.named(name(inner)).orElseThrow(), pairs(inner, same));
          }
        }
        return !parts.isEmpty();
      }
      pairs = pairs(images, masks);
    } else {
      for (Path file : files(folder, LabelledVolume::isSynapse)) {
        pairs.addAll(VolumePair.slices(stem(file), null, file, null));
      }
      pairs.addAll(beside(folder, null));
    }
    if (pairs.isEmpty()) {
      return false;
    }
    if (part == null) {
      undivided.addAll(pairs);
    } else {
      parts.computeIfAbsent(part, named -> new ArrayList<>()).addAll(pairs);
    }
    return true;
  }

  /** Parts below the root, a folder for each picture, or a list in it. */
  private void findParts(ListColumns columns) throws IOException {
    for (Path inner : folders(root)) {
      Optional<DataPart> part = DataPart.named(name(inner));
      if (part.isEmpty() && isSynapseFolder(inner)) {
        part = DataPart.named(name(inner).replaceFirst("_(npz|vol_h5|h5)$", ""));
      }
      if (part.isPresent()) {
        if (!folder(inner, part.get())) {
          perPicture(inner, part.get());
        }
      }
    }
    if (parts.isEmpty()) {
      perPicture(root, null);
    }
    if (parts.isEmpty() && undivided.isEmpty()) {
      for (Path file : files(root, SegmentationLayout::isList)) {
        if (MaskList.maskColumn(file, columns).isPresent()) {
          MaskList.read(file, columns, parts, undivided);
          return;
        }
      }
    }
  }

  private static List<Path> parts(Path folder) throws IOException {
    return folders(folder).stream().filter(inner -> DataPart.named(name(inner)).isPresent()).toList();
  }

  /** As the Data Science Bowl 2018 has it: NAME/images/NAME.png, NAME/masks/*.png. */
  private void perPicture(Path folder, @Nullable DataPart part) throws IOException {
    List<MaskedPair> pairs = new ArrayList<>();
    for (Path inner : folders(folder)) {
      Path images = find(folders(inner), IMAGES);
      Path masks = find(folders(inner), MASKS);
      List<Path> pictures = images == null ? List.of() : files(images, SegmentationLayout::isImage);
      if (pictures.size() == 1 && masks != null) {
        pairs.add(
            new PicturePair(
                name(inner), null, pictures.get(0), files(masks, SegmentationLayout::isImage), true));
      }
      pairs.addAll(beside(inner, String.valueOf(inner.getFileName())));
    }
    if (part == null) {
      undivided.addAll(pairs);
    } else if (!pairs.isEmpty()) {
      parts.put(part, pairs);
    }
  }

  /** Volumes in a folder with their labels beside them, {@code a.nii.gz} and {@code a_gt.nii.gz}. */
  private static Map<Path, Path> beside(Path folder) throws IOException {
    Map<String, Path> volumes = new TreeMap<>();
    files(folder, LabelledVolume::isNifti).forEach(file -> volumes.put(stem(file), file));
    Map<Path, Path> found = new TreeMap<>();
    volumes.forEach((stem, file) -> {
      Path image = volumes.get(maskKey(stem));
      if (image != null && !image.equals(file)) {
        found.put(image, file);
      }
    });
    return found;
  }

  /** As ACDC has it, where the folder of a patient is a group. */
  private static List<MaskedPair> beside(Path folder, @Nullable String group) throws IOException {
    List<MaskedPair> pairs = new ArrayList<>();
    for (Map.Entry<Path, Path> one : beside(folder).entrySet()) {
      pairs.addAll(pair(stem(one.getKey()), group, one.getKey(), one.getValue()));
    }
    return pairs;
  }

  /** Files of both folders whose names are the same but for endings. */
  private List<MaskedPair> pairs(Path images, Path masks) throws IOException {
    Map<String, Path> pictures = new TreeMap<>();
    for (Path file : files(images, file -> isImage(file) || LabelledVolume.isNifti(file))) {
      put(pictures, stem(file).replaceFirst("_0000$", ""), file, "pictures");
    }
    for (Path folder : folders(images)) {
      if (DicomSeries.isAt(folder)) {
        put(pictures, String.valueOf(folder.getFileName()), folder, "pictures");
      }
    }
    List<Path> ofClasses = classFolders(masks, pictures);
    if (!ofClasses.isEmpty()) {
      return ofClasses(images, pictures, masks, ofClasses);
    }
    Map<String, Path> byName = new TreeMap<>();
    for (Path file : files(masks, file -> isImage(file) || LabelledVolume.isNifti(file))) {
      put(byName, pictures.containsKey(stem(file)) ? stem(file) : maskKey(stem(file)), file, "masks");
    }
    folders(masks).forEach(folder -> byName.putIfAbsent(String.valueOf(folder.getFileName()), folder));
    List<String> lonely = pictures.keySet().stream().filter(name -> !byName.containsKey(name)).toList();
    if (!lonely.isEmpty()) {
      throw new DatasetException(
          lonely.size() + " of the " + pictures.size() + " pictures in " + images + " have no mask in "
              + masks + ", such as " + Objects.requireNonNull(pictures.get(lonely.get(0))).getFileName()
              + "; a mask has its picture's name, but for the ending. Add masks, or take those pictures"
              + " away.");
    }
    long unused = byName.keySet().stream().filter(name -> !pictures.containsKey(name)).count();
    if (unused > 0) {
      notes.add(unused + " masks in " + masks + " belong to no picture in " + images);
    }
    List<MaskedPair> pairs = new ArrayList<>();
    for (Map.Entry<String, Path> picture : pictures.entrySet()) {
      pairs.addAll(
          pair(
              picture.getKey(), null, picture.getValue(),
              Objects.requireNonNull(byName.get(picture.getKey()))));
    }
    return pairs;
  }

  /** Folders of masks that are named after classes: after no picture, and with pictures' names in them. */
  private static List<Path> classFolders(Path masks, Map<String, Path> pictures) throws IOException {
    List<Path> inner = folders(masks);
    boolean others =
        inner.isEmpty() || !files(masks, file -> isImage(file) || LabelledVolume.isNifti(file)).isEmpty()
            || inner.stream().anyMatch(one -> pictures.containsKey(String.valueOf(one.getFileName())));
    for (int i = 0; !others && i < inner.size(); i++) {
      if (masksIn(inner.get(i), pictures).keySet().stream().anyMatch(pictures::containsKey)) {
        return inner;
      }
    }
    return List.of();
  }

  /** Masks of a class, and folders of masks of a series' slices, by the names of their pictures. */
  private static Map<String, Path> masksIn(Path folder, Map<String, Path> pictures) throws IOException {
    Map<String, Path> byName = new TreeMap<>();
    for (Path file : files(folder, one -> isImage(one) || LabelledVolume.isNifti(one))) {
      put(byName, pictures.containsKey(stem(file)) ? stem(file) : maskKey(stem(file)), file, "masks");
    }
    folders(folder).forEach(inner -> byName.putIfAbsent(String.valueOf(inner.getFileName()), inner));
    return byName;
  }

  /** A folder of masks for each class: {@code masks/CLASS/NAME.png}. */
  private List<MaskedPair> ofClasses(
      Path images, Map<String, Path> pictures, Path masks, List<Path> classes) throws IOException {
    Map<String, SortedMap<String, Path>> all = new TreeMap<>();
    for (Path folder : classes) {
      String name = String.valueOf(folder.getFileName());
      Map<String, Path> own = masksIn(folder, pictures);
      own.forEach(
          (picture, file) -> all.computeIfAbsent(picture, one -> new TreeMap<>()).put(name, file));
      long missing = pictures.keySet().stream().filter(one -> !own.containsKey(one)).count();
      if (missing > 0 && !name.equalsIgnoreCase("background")) {
        notes
            .add(missing + " pictures in " + images + " have no mask in " + folder + ": they have nothing of "
                + name);
      }
    }
    List<String> lonely = pictures.keySet().stream().filter(name -> !all.containsKey(name)).toList();
    if (!lonely.isEmpty()) {
      throw new DatasetException(
          lonely.size() + " of the " + pictures.size() + " pictures in " + images + " have no mask in any of "
              + masks + "'s folders of classes, such as "
              + Objects.requireNonNull(pictures.get(lonely.get(0))).getFileName()
              + "; a mask has its picture's name, but for the ending. Where there is nothing of any class,"
              + " add a mask of zeros.");
    }
    List<MaskedPair> pairs = new ArrayList<>();
    for (Map.Entry<String, Path> picture : pictures.entrySet()) {
      SortedMap<String, Path> own = Objects.requireNonNull(all.get(picture.getKey()));
      if (VolumeFiles.isVolume(picture.getValue())) {
        pairs.addAll(VolumePair.slicesOfClasses(picture.getKey(), null, picture.getValue(), own));
      } else {
        pairs.add(new ClassMasksPair(picture.getKey(), null, picture.getValue(), own));
      }
    }
    return pairs;
  }

  private static void put(Map<String, Path> files, String key, Path file, String what)
      throws DatasetException {
    Path other = files.put(key, file);
    if (other != null) {
      throw new DatasetException(
          "Two " + what + " have one name, " + other + " and " + file + "; take one of them away.");
    }
  }

  /** A picture with its mask, its folder of objects' masks, or the slices of a volume. */
  static List<MaskedPair> pair(String name, @Nullable String group, Path image, Path mask)
      throws IOException {
    if (VolumeFiles.isVolume(image)) {
      if (LabelledVolume.isNifti(image) && !LabelledVolume.isNifti(mask)) {
        throw new DatasetException(
            "The volume " + image + " has labels that are no NIfTI file: " + mask + ".");
      }
      return VolumePair.slices(name, group, image, mask);
    }
    if (Files.isDirectory(mask)) {
      return List.of(new PicturePair(name, group, image, files(mask, SegmentationLayout::isImage), true));
    }
    return List.of(new PicturePair(name, group, image, List.of(mask), false));
  }

  /** A file's name without its endings. */
  static String stem(Path file) {
    return String.valueOf(file.getFileName())
        .replaceFirst("(?i)(\\.npy\\.h5|\\.nii\\.gz|\\.[A-Za-z0-9]{1,5})$", "");
  }

  private static String maskKey(String stem) {
    return stem.replaceFirst("(?i)[_-](mask|masks|seg|segmentation|label|labels|gt|annotation)$", "");
  }

  static boolean isList(Path file) {
    return LISTS.stream().anyMatch(name(file)::endsWith) && !name(file).equals("classes.csv");
  }

  private static boolean isImage(Path file) {
    return ImageFiles.isImageName(name(file));
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
  }

  private static @Nullable Path find(List<Path> folders, Set<String> names) {
    return folders.stream().filter(folder -> names.contains(name(folder))).findFirst().orElse(null);
  }

  private static List<Path> folders(Path folder) throws IOException {
    return list(folder, Files::isDirectory);
  }

  private static List<Path> files(Path folder, Predicate<Path> wanted) throws IOException {
    return list(folder, file -> wanted.test(file) && Files.isRegularFile(file));
  }

  /** In the order of their names. */
  private static List<Path> list(Path folder, Predicate<Path> wanted) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside
          .filter(file -> !ImageFiles.isLitter(String.valueOf(file.getFileName())))
          .filter(wanted)
          .sorted((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()))
          .toList();
    }
  }
}
