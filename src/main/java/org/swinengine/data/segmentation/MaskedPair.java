package org.swinengine.data.segmentation;

import java.io.IOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Decoding;

/** A picture and its mask before they are read. */
interface MaskedPair {
  /**
   * How they are read.
   *
   * @param classes what numbers or colours in masks stand for
   * @param ignored the number in masks of pixels that count nowhere; null: there is none
   * @param decoding of picture files; its range is that of volumes too
   */
  record Reading(ClassTable classes, @Nullable Integer ignored, Decoding decoding) {}

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

  /** The object of each pixel, from 1; null: objects are not told apart. */
  default int @Nullable [] numbers() throws IOException {
    return null;
  }

  /** Reads both. */
  ImageAndMask read(Reading how) throws IOException;

  /** Adds the numbers in the mask to those that were found, where the file does not say what they mean. */
  void addValues(BitSet found) throws IOException;

  /** The contents of both files as a number, see {@link org.swinengine.data.Fingerprint}. */
  long content();
}
