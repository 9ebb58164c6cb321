package org.swinengine.cli;

import org.swinengine.models.ImageShape;
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

  /** Reads the value of {@code --channels}. */
  static final class Channels implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (!text.equals("1") && !text.equals("3")) {
        throw new TypeConversionException("it must be 1 or 3, not " + text);
      }
      return Integer.valueOf(text);
    }
  }

  /** Images of this size and channels; what is null stays as a model has it. */
  static ImageShape shape(ImageSize size, Integer channels) {
    return new ImageShape(size == null ? null : size.height, size == null ? null : size.width, channels);
  }
}
