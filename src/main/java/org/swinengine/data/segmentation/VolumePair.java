package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.RawImage;

/**
 * A slice of a file.
 *
 * @param file the whole, which is read once for all of its slices as long as the memory has place
 * @param slice its number
 * @param ownGroup what a list says must not be divided; null: the volume
 */
record VolumePair(LabelledVolume file, int slice, @Nullable String ownGroup) implements MaskedPair {
  /** All slices of a volume and its labels. */
  static List<MaskedPair> slices(String name, @Nullable String group, Path image, @Nullable Path labels)
      throws IOException {
    LabelledVolume volume = new LabelledVolume(name, image, labels);
    List<MaskedPair> slices = new ArrayList<>();
    for (int slice = 0; slice < volume.depth(); slice++) {
      slices.add(new VolumePair(volume, slice, group));
    }
    return slices;
  }

  /** The same, of which each class has a file of labels. */
  static List<MaskedPair> slicesOfClasses(
      String name, @Nullable String group, Path image, SortedMap<String, Path> ofClasses) throws IOException {
    Path first = ofClasses.get(ofClasses.firstKey());
    LabelledVolume volume = new LabelledVolume(name, image, first, ofClasses);
    List<MaskedPair> slices = new ArrayList<>();
    for (int slice = 0; slice < volume.depth(); slice++) {
      slices.add(new VolumePair(volume, slice, group));
    }
    return slices;
  }

  @Override
  public int @Nullable [] extent() {
    return file.extent();
  }

  @Override
  public Set<String> namedClasses() {
    return file.namedClasses();
  }

  @Override
  public boolean overlaps(Reading how) throws IOException {
    return slice == 0 && file.overlaps(how);
  }

  @Override
  public String name() {
    return file.depth() == 1 ? file.name() : file.name() + "[" + slice + "]";
  }

  @Override
  public String group() {
    return ownGroup != null ? ownGroup : file.group();
  }

  @Override
  public String volume() {
    return file.group();
  }

  @Override
  public @Nullable Spacing spacing() throws IOException {
    return file.spacing();
  }

  @Override
  public ImageAndMask read(Reading how) throws IOException {
    LabelledVolume.Bytes all = file.read(how);
    int plane = all.height() * all.width();
    byte[] image = new byte[plane];
    byte[] mask = new byte[plane * all.maskBytes()];
    System.arraycopy(all.image(), slice * plane, image, 0, plane);
    System.arraycopy(all.mask(), slice * mask.length, mask, 0, mask.length);
    return new ImageAndMask(
        new RawImage(all.height(), all.width(), 1, image),
        new RawImage(all.height(), all.width(), all.maskBytes(), mask));
  }

  @Override
  public void addValues(BitSet found) throws IOException {
    if (slice == 0) {
      file.addValues(found);
    }
  }

  @Override
  public long content() {
    return 31 * file.content() + slice;
  }
}
