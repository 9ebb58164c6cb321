package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.data.Fingerprint;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.RawImage;

/**
 * A picture file and a mask for each of its classes: what is not 0 there has the class.
 *
 * @param name for a person
 * @param group what must not be divided; null: nothing
 * @param image the picture's file
 * @param masks files by names of classes; a class without one is not in the picture
 */
record ClassMasksPair(String name, @Nullable String group, Path image, SortedMap<String, Path> masks)
    implements MaskedPair {
  @Override
  public ImageAndMask read(Reading how) throws IOException {
    RawImage picture = ImageDecoder.decode(image, how.decoding());
    return new ImageAndMask(picture, stack(how, picture).mask());
  }

  private ClassStack stack(Reading how, @Nullable RawImage picture) throws IOException {
    ClassStack stack = null;
    int height = 0;
    int width = 0;
    for (Map.Entry<String, Path> one : masks.entrySet()) {
      int number = how.numberOf(one.getKey(), one.getValue());
      if (number == 0) {
        continue;
      }
      Mask mask = MaskFiles.inside(one.getValue(), how.ignored());
      if (stack == null) {
        height = picture == null ? mask.height() : picture.height();
        width = picture == null ? mask.width() : picture.width();
        stack = new ClassStack(how, height * width, height, width);
      }
      if (mask.height() != height || mask.width() != width) {
        throw new DatasetException(
            "The mask " + one.getValue() + " is " + mask.width() + "x" + mask.height()
                + " pixels large, but its picture " + image + " is " + width + "x" + height + ".");
      }
      for (int i = 0; i < mask.labels().length; i++) {
        if (mask.labels()[i] < 0) {
          stack.ignore(i);
        } else if (mask.labels()[i] > 0) {
          stack.add(i, number, one.getValue());
        }
      }
    }
    if (stack == null) {
      throw new DatasetException("The picture " + image + " has no mask of any class but the background.");
    }
    return stack;
  }

  @Override
  public boolean overlaps(Reading how) throws IOException {
    return stack(how, null).overlaps();
  }

  @Override
  public Set<String> namedClasses() {
    return masks.keySet();
  }

  @Override
  public void addValues(BitSet found) {
    // Their names say what they are.
  }

  @Override
  public long content() {
    long content = Fingerprint.sampled(image);
    for (Map.Entry<String, Path> one : masks.entrySet()) {
      content = 31 * (31 * content + one.getKey().hashCode()) + Fingerprint.sampled(one.getValue());
    }
    return content;
  }
}
