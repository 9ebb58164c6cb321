package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Opens data sets on disk. */
public final class Datasets {
  private static final String FORMS =
      "a folder per class (train/ and val/, or the class folders themselves), IDX files"
          + " (train-images-idx3-ubyte), CIFAR files (data_batch_1.bin, data_batch_1), one MedMNIST .npz"
          + " file, or images and a list of their labels (.csv, .tsv, .jsonl)";

  private Datasets() {}

  /**
   * Opens a data set and finds out what it is.
   *
   * <ul>
   *   <li>a folder per class: {@code train/CLASS/...} with {@code val/} (or {@code valid/}, {@code
   *       validation/}), {@code test/} or both beside it, or {@code CLASS/...} alone, which a seeded split
   *       divides; see {@link FolderDataset};
   *   <li>IDX files, gzip or plain, named as MNIST's are;
   *   <li>CIFAR-10 or CIFAR-100 binary files;
   *   <li>a MedMNIST {@code .npz}, given itself or alone in a folder;
   *   <li>a list of images and labels ({@code .csv}, {@code .tsv}, {@code .jsonl}), given itself, beside
   *       the images, or as the Hugging Face Hub's {@code metadata.csv}; see {@link
   *       org.swinengine.data.list.LabelList};
   *   <li>a {@code .zip} of any folder above, and {@code train.zip} with {@code train_map.txt}.
   * </ul>
   *
   * <p>Where there is a test part and no validation part, the test part is the validation part. Where there
   * is neither, a share of each class of the training part is set aside by {@code options.seed()}; of images
   * with groups none is divided.
   *
   * @param path a folder, or a file of one of these kinds
   * @throws DatasetException with a sentence for the user: nothing there, nothing usable in it, one class
   *     only, damaged files
   * @throws IOException when reading fails
   */
  public static DataSplits open(Path path, DatasetOptions options) throws IOException {
    requireExists(path);
    DataSplits splits = dispatch(path, options).withOptions(options);
    checkClasses(splits.train(), path);
    return splits;
  }

  private static void requireExists(Path path) throws DatasetException {
    if (!Files.exists(path)) {
      throw new DatasetException(
          "The data folder " + path + " does not exist (looked in " + path.toAbsolutePath().normalize()
              + "). Check the path.");
    }
  }

  /** What opens each kind of data. */
  private interface Kinds<T> {
    T idx(Path folder, List<String> files) throws IOException;

    T cifar(Path folder, List<String> files) throws IOException;

    T medMnist(Path file) throws IOException;

    T folders(FolderLayout layout) throws IOException;

    T lists(ListLayout layout) throws IOException;
  }

  private static DataSplits dispatch(Path path, DatasetOptions options) throws IOException {
    return dispatch(
        path,
        new Kinds<DataSplits>() {
          @Override
          public DataSplits idx(Path folder, List<String> files) throws IOException {
            return IdxFolder.open(folder, files, options);
          }

          @Override
          public DataSplits cifar(Path folder, List<String> files) throws IOException {
            return CifarFolder.open(folder, files, options);
          }

          @Override
          public DataSplits medMnist(Path file) throws IOException {
            return MedMnistFile.open(file);
          }

          @Override
          public DataSplits folders(FolderLayout layout) throws IOException {
            return ClassFolders.open(layout, options);
          }

          @Override
          public DataSplits lists(ListLayout layout) throws IOException {
            return new ListFolder(layout, options).splits();
          }
        });
  }

  static LabelledData labelled(Path path, DatasetOptions options) throws IOException {
    requireExists(path);
    return dispatch(
        path,
        new Kinds<LabelledData>() {
          @Override
          public LabelledData idx(Path folder, List<String> files) throws IOException {
            return LabelledData.of(folder, options, "IDX files in " + folder, IdxFolder.parts(folder, files));
          }

          @Override
          public LabelledData cifar(Path folder, List<String> files) throws IOException {
            return LabelledData.of(folder, options, "CIFAR in " + folder,
                CifarFolder.parts(folder, files, options));
          }

          @Override
          public LabelledData medMnist(Path file) throws IOException {
            return LabelledData.of(file, options, "MedMNIST " + file, MedMnistFile.parts(file));
          }

          @Override
          public LabelledData folders(FolderLayout layout) {
            return LabelledData.ofFolders(layout, path, options);
          }

          @Override
          public LabelledData lists(ListLayout layout) throws IOException {
            return LabelledData.ofLists(layout, path, options);
          }
        });
  }

  private static <T> T dispatch(Path path, Kinds<T> kinds) throws IOException {
    if (!Files.isDirectory(path)) {
      if (path.toString().toLowerCase(Locale.ROOT).endsWith(".npz")) {
        return kinds.medMnist(path);
      }
      if (ListLayout.isList(path.toString())) {
        return kinds.lists(ListLayout.of(path));
      }
      if (path.toString().toLowerCase(Locale.ROOT).endsWith(".zip")) {
        return dispatch(inner(Places.inZip(path)), kinds);
      }
      throw new DatasetException(path + " is a file, but not a data set. Give " + FORMS + ".");
    }
    List<String> files = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    list(path, files, folders);
    if (IdxFolder.isOne(files)) {
      return kinds.idx(path, files);
    }
    if (CifarFolder.isOne(files)) {
      return kinds.cifar(path, files);
    }
    List<String> archives =
        files.stream().filter(name -> name.toLowerCase(Locale.ROOT).endsWith(".npz")).toList();
    if (archives.size() == 1 && folders.isEmpty()) {
      return kinds.medMnist(path.resolve(archives.get(0)));
    }
    if (archives.size() > 1 && folders.isEmpty()) {
      throw new DatasetException(Places.text(path) + " holds several .npz files " + archives
          + ". Give the path of one of them.");
    }
    for (String inner : List.of("cifar-10-batches-bin", "cifar-100-binary", "cifar-10-batches-py",
        "cifar-100-python")) {
      if (folders.contains(inner)) {
        return dispatch(path.resolve(inner), kinds);
      }
    }
    Optional<ListLayout> lists = ListLayout.in(path, files, folders);
    if (lists.isPresent()) {
      return kinds.lists(lists.get());
    }
    if (folders.isEmpty()) {
      throw nothingIn(path, files);
    }
    return kinds.folders(FolderLayout.of(path, files, folders));
  }

  /** The folder in an archive that everything is in, as archivers of folders make it. */
  private static Path inner(Path root) throws IOException {
    List<String> files = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    list(root, files, folders);
    boolean alone = files.isEmpty() && folders.size() == 1;
    if (!alone || FolderFiles.foldersIn(root.resolve(folders.get(0))).isEmpty()) {
      return root;
    }
    return inner(root.resolve(folders.get(0)));
  }

  static DatasetException nothingIn(Path folder, List<String> files) {
    boolean images = files.stream().anyMatch(FolderFiles::isImageName);
    return new DatasetException(
        "The data folder " + Places.text(folder) + (files.isEmpty() ? " is empty."
            : " holds no data set, only "
                + some(files) + ".")
            + FolderLayout.aboutTables(folder, files)
            + (images ? " Its images belong to no class: they lie in no class folder." : "")
            + " It should hold " + FORMS + ".");
  }

  /** Names in a folder, sorted, without {@link FolderFiles#isLitter litter}. */
  static void list(Path folder, List<String> files, List<String> folders) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        // A zip archive's folders end with a slash in some Java versions.
        String name = entry.getFileName().toString().replaceFirst("/$", "");
        if (!FolderFiles.isLitter(name)) {
          (Files.isDirectory(entry) ? folders : files).add(name);
        }
      }
    }
    files.sort(null);
    folders.sort(null);
  }

  private static void checkClasses(Dataset train, Path path) throws DatasetException {
    if (train.classNames().size() >= 2 && train.isMultiLabel()) {
      return;
    }
    int distinct =
        (int) IntStream.range(0, train.size()).flatMap(i -> Arrays.stream(train.labels(i))).distinct()
            .limit(2).count();
    if (train.classNames().size() < 2 || distinct < 2) {
      String name = train.size() == 0 ? "none" : MultiLabel.text(train, 0);
      throw new DatasetException(
          "The training images in " + path + " are all of one class (" + name
              + "): there is nothing to tell apart. Give images of at least two classes,"
              + " one folder for each.");
    }
  }

  static void checkLabels(int[] labels, int classes, String file) throws DatasetException {
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new DatasetException(
            file + ": image " + i + " has label " + labels[i] + ", but labels from 0 to "
                + (classes - 1) + " were expected.");
      }
    }
  }

  static List<String> numberedClasses(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }

  static String shapeText(int[] shape) {
    return Arrays.toString(shape);
  }

  static String describe(String what, Dataset train, Dataset validation, String remark) {
    return String.format(
        Locale.ROOT, "%s: %,d training and %,d validation images, %d classes (%s)", what, train.size(),
        validation.size(), train.classNames().size(), remark);
  }

  static String describeSplit(String what, Dataset[] parts, DatasetOptions options) {
    String remark =
        String.format(
            Locale.ROOT, "%.4g %% of each class set aside by seed %d", 100 * options.validationFraction(),
            options.seed());
    return describe(what, parts[0], parts[1], remark);
  }

  private static String some(List<String> names) {
    int shown = Math.min(3, names.size());
    String text = String.join(", ", names.subList(0, shown));
    return shown == names.size() ? text : text + " and " + (names.size() - shown) + " more files";
  }
}
