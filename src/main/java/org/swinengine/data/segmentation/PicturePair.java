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
      return Masks.pair(picture, image, Masks.union(MaskFiles.objects(masks)), masks.get(0));
    }
    Path file = masks.get(0);
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
