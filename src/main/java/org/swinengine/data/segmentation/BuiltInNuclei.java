package org.swinengine.data.segmentation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Decoding;
import org.swinengine.data.Fingerprint;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.RawImage;

/**
 * The pictures with masks inside the jar: 538 micrographs of nuclei from the Data Science Bowl 2018 (BBBC038,
 * CC0), stained tissue, fluorescence and bright field mixed, at 128×128, and which pixels are of a nucleus.
 * Read once, on first use, and kept (6 MB).
 */
public final class BuiltInNuclei {
  /** Height and width of all pictures. */
  public static final int SIDE = 128;

  /** Of pictures that are held out. */
  public static final double HELD_OUT = 0.2;

  private static final String ARCHIVE = "/org/swinengine/data/nuclei/nuclei.zip";
  private static final String MASK = "-mask.png";
  private static final ClassTable CLASSES = ClassTable.numbered(List.of("background", "nucleus"));

  private BuiltInNuclei() {}

  private record Bytes(String name, byte[] image, byte[] mask) implements MaskedPair {
    @Override
    public @Nullable String group() {
      return null;
    }

    @Override
    public ImageAndMask read(Reading how) throws IOException {
      RawImage picture = ImageDecoder.decode(image, "built-in " + name);
      // Ones are white.
      byte[] pixels = ImageDecoder.decode(mask, "built-in mask " + name).withChannels(1).pixels();
      byte[] classes = new byte[pixels.length];
      for (int i = 0; i < classes.length; i++) {
        classes[i] = (byte) (pixels[i] == 0 ? 0 : 1);
      }
      return new ImageAndMask(picture, new RawImage(picture.height(), picture.width(), 1, classes));
    }

    @Override
    public void addValues(BitSet found) {
      found.set(0, 2);
    }

    @Override
    public long content() {
      return 31 * Fingerprint.content(image, 0, image.length) + Fingerprint.content(mask, 0, mask.length);
    }
  }

  private static final class Parts {
    static final SegmentationDataset TRAIN;
    static final SegmentationDataset TEST;

    static {
      try {
        SegmentationDataset all = read();
        int[][] divided = SegmentationData.divide(all, HELD_OUT, 0);
        TRAIN = all.part(divided[0]);
        TEST = all.part(divided[1]);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The 430 pictures to learn from. */
  public static SegmentationDataset train() {
    return Parts.TRAIN;
  }

  /** The 108 pictures that are held out, a seeded fifth. */
  public static SegmentationDataset test() {
    return Parts.TEST;
  }

  /** Training on {@link #train}, measuring on {@link #test}. */
  public static DataSplits splits() {
    return new DataSplits(
        train(), test(), Optional.empty(),
        "nuclei of the Data Science Bowl 2018 (built in): " + train().size() + " training pictures, "
            + test().size() + " held out for validation, " + SIDE + "x" + SIDE + ", 2 classes");
  }

  private static SegmentationDataset read() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (InputStream in = BuiltInNuclei.class.getResourceAsStream(ARCHIVE)) {
      if (in == null) {
        throw new IllegalStateException(
            "the built-in data file nuclei.zip is missing from the jar; build it again");
      }
      ZipInputStream zip = new ZipInputStream(in);
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    }
    List<MaskedPair> pairs = new ArrayList<>();
    files.forEach((name, bytes) -> {
      byte[] mask = files.get(name.replace(".png", MASK));
      if (mask != null) {
        pairs.add(new Bytes(name.replace(".png", ""), bytes, mask));
      }
    });
    MaskedPair.Reading reading = new MaskedPair.Reading(CLASSES, null, Decoding.DEFAULT, false);
    return new MaskedPairs(pairs, reading, "nuclei of the Data Science Bowl 2018 (built in)", true);
  }
}
