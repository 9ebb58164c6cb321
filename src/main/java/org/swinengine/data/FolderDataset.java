package org.swinengine.data;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Image files, sorted into classes by their folders, as torchvision's {@code ImageFolder} does it.
 *
 * <p><b>Unreadable files.</b> A part with at most {@link DatasetOptions#verifyUpTo} images has each decoded
 * once while it is opened (on all cores); an unreadable one is left out from the start. Larger folders are
 * taken on trust. An image that turns out to be unreadable during an epoch, because the folder is large or
 * the file changed, never ends the run: the next readable image of the same class takes its place (in file
 * order, from the last back to the first). So the number of samples, the batches and the labels stay as
 * planned, and the content of a batch depends on the files alone, not on threads. Both kinds are listed by
 * {@link #skipped}. In a validation part of a large folder a stand-in counts a second time; with the files
 * listed, they can be repaired.
 */
public final class FolderDataset implements Dataset {
  /**
   * An image file.
   *
   * @param file its path below the data folder, with forward slashes
   * @param label its class, -1 where it has several
   * @param labels its classes, ascending
   * @param group what it belongs to that must not be divided, or null
   */
  record Entry(String file, int label, int[] labels, @Nullable String group) {
    /** Of one class. */
    Entry(String file, int label, @Nullable String group) {
      this(file, label, new int[] {label}, group);
    }

    /** Of any number of classes. */
    static Entry of(String file, int[] labels, @Nullable String group) {
      return new Entry(file, -1, labels, group);
    }
  }

  private final Path root;
  private final List<Entry> entries;
  private final List<String> classNames;
  private final String description;

  /** Entries with the same classes, and in which of these lists each entry is. */
  private final int[][] alike;

  private final int[] listOf;
  private final boolean multiLabel;
  private final List<SkippedFile> leftOut;

  /** Of each entry; null where the files have not been read. */
  private final long @Nullable [] contents;

  private final Map<Integer, String> failed = new ConcurrentSkipListMap<>();
  private final Decoding decoding;
  private final PictureRemarks remarks;

  private FolderDataset(
      Path root, List<Entry> entries, List<String> classNames, String description,
      List<SkippedFile> leftOut, long @Nullable [] contents, Decoding decoding, PictureRemarks remarks) {
    this.root = root;
    this.contents = contents;
    this.entries = List.copyOf(entries);
    this.classNames = List.copyOf(classNames);
    this.description = description;
    this.leftOut = List.copyOf(leftOut);
    this.decoding = decoding;
    this.remarks = remarks;
    this.multiLabel = entries.stream().anyMatch(entry -> entry.label() < 0);
    Map<List<Integer>, List<Integer>> byLabels = new LinkedHashMap<>();
    for (int i = 0; i < entries.size(); i++) {
      List<Integer> key = Arrays.stream(entries.get(i).labels()).boxed().toList();
      byLabels.computeIfAbsent(key, found -> new ArrayList<>()).add(i);
    }
    this.listOf = new int[entries.size()];
    this.alike = new int[byLabels.size()][];
    int next = 0;
    for (List<Integer> members : byLabels.values()) {
      for (int member : members) {
        listOf[member] = next;
      }
      alike[next++] = members.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /**
   * Makes the data set of these files; decodes each of them once where there are at most {@code verifyUpTo}.
   *
   * @param decoding how; its range is no percentiles
   */
  static FolderDataset of(
      Path root, List<Entry> entries, List<String> classNames, String description, int verifyUpTo,
      Decoding decoding) {
    PictureRemarks remarks = new PictureRemarks();
    if (entries.size() > verifyUpTo) {
      return new FolderDataset(root, entries, classNames, description, List.of(), null, decoding, remarks);
    }
    String[] reasons = new String[entries.size()];
    long[] contents = new long[entries.size()];
    IntStream.range(0, reasons.length)
        .parallel()
        .forEach(
            i -> {
              try {
                byte[] file = ImageDecoder.read(root.resolve(entries.get(i).file()));
                decode(file, entries.get(i), decoding, remarks);
                contents[i] = Fingerprint.content(file, 0, file.length);
              } catch (IOException e) {
                reasons[i] = reason(e);
              }
            });
    List<Entry> readable = new ArrayList<>();
    List<SkippedFile> leftOut = new ArrayList<>();
    for (int i = 0; i < reasons.length; i++) {
      if (reasons[i] == null) {
        readable.add(entries.get(i));
      } else {
        leftOut.add(new SkippedFile(entries.get(i).file(), reasons[i]));
      }
    }
    long[] ofReadable = IntStream.range(0, reasons.length).filter(i -> reasons[i] == null)
        .mapToLong(i -> contents[i]).toArray();
    return new FolderDataset(root, readable, classNames, description, leftOut, ofReadable, decoding, remarks);
  }

  private static RawImage decode(byte[] file, Entry entry, Decoding decoding, PictureRemarks remarks)
      throws UnreadableImageException {
    return ImageDecoder.decode(file, decoding.withNotes(note -> remarks.add(entry.file(), note)));
  }

  /**
   * What percentiles of these files' samples are as a window; the full range where none has more than 8 bits.
   */
  static SampleRange window(Path root, List<Entry> entries, SampleRange percentiles) {
    SampleHistogram all = new SampleHistogram();
    entries.parallelStream()
        .forEach(
            entry -> {
              SampleHistogram own = new SampleHistogram();
              try {
                ImageDecoder.decode(ImageDecoder.read(root.resolve(entry.file())), Decoding.counting(own));
              } catch (IOException e) {
                // Left out with its reason later.
                return;
              }
              if (!own.isEmpty()) {
                all.add(own);
              }
            });
    return all.window(percentiles);
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException ? "does not exist"
        : e instanceof UnreadableImageException
            ? String.valueOf(e.getMessage())
            : "cannot be read (" + e + ")";
  }

  @Override
  public int size() {
    return entries.size();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    if (multiLabel) {
      throw MultiLabel.noSingleLabel(this);
    }
    return entries.get(index).label();
  }

  @Override
  public boolean isMultiLabel() {
    return multiLabel;
  }

  @Override
  public int[] labels(int index) {
    return entries.get(index).labels().clone();
  }

  @Override
  public Optional<String> group(int index) {
    return Optional.ofNullable(entries.get(index).group());
  }

  @Override
  public RawImage load(int index) throws IOException {
    int[] sameClass = alike[listOf[index]];
    int position = Arrays.binarySearch(sameClass, index);
    for (int i = 0; i < sameClass.length; i++) {
      int candidate = sameClass[(position + i) % sameClass.length];
      try {
        Entry entry = entries.get(candidate);
        return decode(ImageDecoder.read(root.resolve(entry.file())), entry, decoding, remarks);
      } catch (IOException e) {
        failed.putIfAbsent(candidate, reason(e));
      }
    }
    throw new DatasetException(
        "None of the " + sameClass.length + " images of class " + MultiLabel.text(this, index) + " in "
            + Places.text(root) + " can be read any more; " + name(index) + " " + failed.get(index) + ".");
  }

  @Override
  public Optional<Fingerprint> fingerprint() {
    if (contents != null) {
      return Optional.of(Fingerprint.of(this, contents, true));
    }
    long[] sampled = new long[entries.size()];
    IntStream.range(0, sampled.length)
        .parallel()
        .forEach(i -> sampled[i] = Fingerprint.sampled(root.resolve(entries.get(i).file())));
    return Optional.of(Fingerprint.of(this, sampled, false));
  }

  @Override
  public String name(int index) {
    return entries.get(index).file();
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public List<SkippedFile> skipped() {
    List<SkippedFile> all = new ArrayList<>(leftOut);
    failed.forEach((index, reason) -> all.add(new SkippedFile(name(index), reason)));
    return List.copyOf(all);
  }

  @Override
  public SampleRange sampleRange() {
    return decoding.range();
  }

  @Override
  public List<String> remarks() {
    return remarks.lines(entries.size());
  }
}
