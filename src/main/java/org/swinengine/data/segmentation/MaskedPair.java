package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.data.Decoding;

/** A picture and its mask before they are read. */
interface MaskedPair {
  /**
   * How they are read.
   *
   * @param classes what numbers or colours in masks stand for
   * @param ignored the number in masks of pixels that count nowhere; null: there is none
   * @param decoding of picture files; its range is that of volumes too
   * @param overlapping whether a pixel may have several classes: masks are {@link ClassSets} then
   */
  record Reading(
      ClassTable classes, @Nullable Integer ignored, Decoding decoding, boolean overlapping) {
    /** Bytes of a mask's pixel. */
    int maskBytes() {
      return overlapping ? ClassSets.bytes(classes.size() - 1) : 1;
    }

    /**
     * The number of a class whose masks are called by its name.
     *
     * @throws DatasetException with a sentence, if there is no such class
     */
    int numberOf(String name, Path file) throws DatasetException {
      int number = classes.names().indexOf(name);
      if (number < 0 && !name.equalsIgnoreCase("background")) {
        throw new DatasetException(
            "The mask " + file + " is of " + name + ", but the classes are "
                + String.join(", ", classes.names().subList(1, classes.size())) + ".");
      }
      return Math.max(0, number);
    }
  }

  /** A name for a person. */
  String name();

  /** What must not be divided: the volume of a slice, or what a list says; null: the picture alone. */
  @Nullable
  String group();

  /** The volume that it is a slice of; null: none. */
  default @Nullable String volume() {
    return null;
  }

  /** Distances of its pixels; null: not known. */
  default @Nullable Spacing spacing() throws IOException {
    return null;
  }

  /** Rows and columns, where they are known without reading the picture; null: they are not. */
  default int @Nullable [] extent() {
    return null;
  }

  /** The object of each pixel, from 1; null: objects are not told apart. */
  default int @Nullable [] numbers() throws IOException {
    return null;
  }

  /** The classes that have masks of their own here; none where a mask is of all. */
  default Set<String> namedClasses() {
    return Set.of();
  }

  /**
   * Whether each of several classes has a mask of its own, and two lie on one another.
   *
   * @throws IOException when masks cannot be read
   */
  default boolean overlaps(Reading how) throws IOException {
    return false;
  }

  /** Reads both. */
  ImageAndMask read(Reading how) throws IOException;

  /** Adds the numbers in the mask to those that were found, where the file does not say what they mean. */
  void addValues(BitSet found) throws IOException;

  /** The contents of both files as a number, see {@link org.swinengine.data.Fingerprint}. */
  long content();
}
