package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Fingerprint;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.RawImage;

/**
 * A picture file and its mask: a PNG, or a PNG for each object.
 *
 * @param name for a person
 * @param group what must not be divided; null: nothing
 * @param image the picture's file
 * @param masks one mask of class numbers or colours, or those of all objects
 * @param objects whether each mask is that of an object
 */
record PicturePair(String name, @Nullable String group, Path image, List<Path> masks, boolean objects)
    implements MaskedPair {
  @Override
  public ImageAndMask read(Reading how) throws IOException {
    RawImage picture = ImageDecoder.decode(image, how.decoding());
    if (objects) {
      RawImage union = Masks.union(MaskFiles.objects(masks));
      // The class 1 alone is the number 1 and the set 1.
      byte[] bytes = union.pixels();
      if (how.maskBytes() > 1) {
        bytes = new byte[Math.multiplyExact(bytes.length, how.maskBytes())];
        for (int i = 0; i < union.pixels().length; i++) {
          ClassSets.put(bytes, how.maskBytes(), i, union.pixels()[i]);
        }
      }
      return Masks.pair(
          picture, image, new RawImage(union.height(), union.width(), how.maskBytes(), bytes), masks.get(0));
    }
    Path file = masks.get(0);
    if (how.overlapping()) {
      Mask sets = MaskFiles.sets(file, how.classes(), how.ignored());
      byte[] bytes = new byte[Math.multiplyExact(sets.labels().length, how.maskBytes())];
      for (int i = 0; i < sets.labels().length; i++) {
        ClassSets.put(bytes, how.maskBytes(), i, sets.labels()[i]);
      }
      return Masks.pair(
          picture, image, new RawImage(sets.height(), sets.width(), how.maskBytes(), bytes), file);
    }
    Mask mask = MaskFiles.read(file, how.classes(), how.ignored());
    RawImage bytes = Masks.bytes(mask.height(), mask.width(), mask.labels(), 0, how.ignored());
    return Masks.pair(picture, image, bytes, file);
  }

  @Override
  public int @Nullable [] numbers() throws IOException {
    return objects ? MaskFiles.objects(masks).labels() : null;
  }

  @Override
  public void addValues(BitSet found) throws IOException {
    if (objects) {
      found.set(0, 2);
    } else {
      MaskFiles.addValues(masks.get(0), found);
    }
  }

  @Override
  public long content() {
    long content = Fingerprint.sampled(image);
    for (Path mask : masks) {
      content = 31 * content + Fingerprint.sampled(mask);
    }
    return content;
  }
}
