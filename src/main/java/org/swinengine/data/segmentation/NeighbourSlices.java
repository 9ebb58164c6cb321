package org.swinengine.data.segmentation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.data.RawImage;

/**
 * Slices with their neighbours as channels: of n below and n above, from the lowest on, the slice itself in
 * the middle. Beyond the ends of a volume the last slice stands again. The mask is that of the slice.
 */
public final class NeighbourSlices {
  private static final Pattern NUMBER = Pattern.compile("(\\d+)\\]?$");

  private NeighbourSlices() {}

  /**
   * A slice of a volume.
   *
   * @param volume grey, slice by slice
   * @param slice its number, from 0
   * @param neighbours n, at least 0
   * @return a picture of 2n + 1 channels
   */
  public static RawImage of(byte[] volume, int depth, int height, int width, int slice, int neighbours) {
    int plane = height * width;
    int channels = 2 * neighbours + 1;
    byte[] pixels = new byte[Math.multiplyExact(plane, channels)];
    for (int c = 0; c < channels; c++) {
      int from = Math.max(0, Math.min(depth - 1, slice + c - neighbours)) * plane;
      for (int i = 0; i < plane; i++) {
        pixels[i * channels + c] = volume[from + i];
      }
    }
    return new RawImage(height, width, channels, pixels);
  }

  /**
   * Pairs whose pictures have neighbours' channels.
   *
   * @param pairs slices of volumes, in the order of the slices
   * @throws DatasetException if one is no slice
   */
  static List<MaskedPair> of(List<MaskedPair> pairs, int neighbours) throws DatasetException {
    for (MaskedPair pair : pairs) {
      if (pair.volume() == null) {
        throw new DatasetException(
            "The picture " + pair.name() + " is no slice of a volume, so it has no neighbours; set"
                + " `neighbourSlices` to 0.");
      }
    }
    List<MaskedPair> with = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      List<MaskedPair> around = new ArrayList<>();
      for (int by = -neighbours; by <= neighbours; by++) {
        around.add(pairs.get(reachable(pairs, i, by)));
      }
      with.add(new Pair(around));
    }
    return with;
  }

  /** The slice that is so far away, or the last before the volume ends or a slice is missing. */
  private static int reachable(List<MaskedPair> pairs, int from, int by) {
    int at = from;
    int step = Integer.signum(by);
    while (at != from + by) {
      int next = at + step;
      if (next < 0 || next >= pairs.size() || !follow(pairs.get(Math.min(at, next)), pairs.get(
          Math.max(at, next)))) {
        break;
      }
      at = next;
    }
    return at;
  }

  private static boolean follow(MaskedPair lower, MaskedPair upper) {
    return Objects.equals(lower.volume(), upper.volume()) && number(upper) == number(lower) + 1;
  }

  private static long number(MaskedPair pair) {
    Matcher matcher = NUMBER.matcher(pair.name());
    String digits = matcher.find() ? matcher.group(1) : "0";
    return Long.parseLong(digits.substring(Math.max(0, digits.length() - 15)));
  }

  /** A slice, with its neighbours around it. */
  private record Pair(List<MaskedPair> around) implements MaskedPair {
    private MaskedPair own() {
      return around.get(around.size() / 2);
    }

    @Override
    public String name() {
      return own().name();
    }

    @Override
    public @Nullable String group() {
      return own().group();
    }

    @Override
    public @Nullable String volume() {
      return own().volume();
    }

    @Override
    public @Nullable Spacing spacing() throws IOException {
      return own().spacing();
    }

    @Override
    public ImageAndMask read(Reading how) throws IOException {
      ImageAndMask own = own().read(how);
      int channels = around.size();
      int plane = own.image().height() * own.image().width();
      byte[] pixels = new byte[Math.multiplyExact(plane, channels)];
      MaskedPair before = null;
      RawImage image = own.image();
      for (int c = 0; c < channels; c++) {
        MaskedPair pair = around.get(c);
        if (pair == own()) {
          image = own.image();
        } else if (pair != before) {
          image = pair.read(how).image();
        }
        before = pair;
        if (image.height() != own.image().height() || image.width() != own.image().width()) {
          throw new DatasetException(
              "The slices " + own().name() + " and " + pair.name() + " of one volume differ in size.");
        }
        for (int i = 0; i < plane; i++) {
          pixels[i * channels + c] = image.pixels()[i];
        }
      }
      RawImage all = new RawImage(own.image().height(), own.image().width(), channels, pixels);
      return new ImageAndMask(all, own.mask());
    }

    @Override
    public int @Nullable [] extent() {
      return own().extent();
    }

    @Override
    public Set<String> namedClasses() {
      return own().namedClasses();
    }

    @Override
    public boolean overlaps(Reading how) throws IOException {
      return own().overlaps(how);
    }

    @Override
    public void addValues(BitSet found) throws IOException {
      own().addValues(found);
    }

    @Override
    public long content() {
      return own().content();
    }
  }
}
