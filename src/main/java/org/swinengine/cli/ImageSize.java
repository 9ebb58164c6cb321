package org.swinengine.cli;

import org.swinengine.models.ModelSpec;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Pixels of an image: {@code 224} or {@code 224x320}, height first. */
record ImageSize(int height, int width) {
  /** Reads an option's value. */
  static final class Converter implements ITypeConverter<ImageSize> {
    @Override
    public ImageSize convert(String text) {
      if (!text.matches("[1-9]\\d{0,4}(x[1-9]\\d{0,4})?")) {
        throw new TypeConversionException(
            "\"" + text + "\" is no image size; write 224, or 224x320 (height x width)");
      }
      String[] sides = text.split("x");
      return new ImageSize(Integer.parseInt(sides[0]), Integer.parseInt(sides[sides.length - 1]));
    }
  }

  /** A model for images of this size; a null size changes nothing. */
  static ModelSpec apply(ImageSize size, ModelSpec spec) {
    return size == null ? spec : spec.withImage(size.height, size.width, spec.channels());
  }
}
