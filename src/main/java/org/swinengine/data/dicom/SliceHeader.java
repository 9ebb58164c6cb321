package org.swinengine.data.dicom;

import org.jspecify.annotations.Nullable;

/**
 * What a file says of a picture's place among others, and in space (PS3.3, C.7.6.2).
 *
 * @param instance the file's own identifier; "" where it has none
 * @param kind its SOP class
 * @param series identifier of its series
 * @param description of the series
 * @param study identifier
 * @param reference identifier of the frame of reference, the room in which positions are meant
 * @param patient name and number of the patient, as the file has them
 * @param number the frame in its file, from 0
 * @param position of the middle of the first pixel in millimetres towards left, posterior and head; null:
 *     not said
 * @param directions of rows and then of columns, three numbers each; null: not said
 * @param spacing distance of rows and then of columns in millimetres; null: not said
 * @param thickness distance of slices, or else their thickness; 0: not said
 */
public record SliceHeader(
    String instance, String kind, String series, String description, String study, String reference,
    Patient patient, int number, double @Nullable [] position, double @Nullable [] directions,
    double @Nullable [] spacing, double thickness) {
  /**
   * Whose picture it is.
   *
   * @param name as DICOM writes it
   * @param id number or letters
   */
  public record Patient(String name, String id) {}

  static SliceHeader of(DicomSet set, int frame) throws DicomException {
    double[] position = group(set, frame, 0x00209113).decimals(0x00200032, 3);
    double[] directions = group(set, frame, 0x00209116).decimals(0x00200037, 6);
    DicomSet measures = group(set, frame, 0x00289110);
    double thickness = measures.decimal(0x00180088, 0);
    return new SliceHeader(
        set.text(0x00080018, ""), set.text(0x00080016, ""), set.text(0x0020000E, ""),
        set.text(0x0008103E, ""), set.text(0x0020000D, ""), set.text(0x00200052, ""),
        new Patient(set.text(0x00100010, ""), set.text(0x00100020, "")), frame, position, directions,
        measures.decimals(0x00280030, 2), thickness > 0 ? thickness : measures.decimal(0x00180050, 0));
  }

  /** What the functional groups of a file of several frames say of one, or of all; else the file itself. */
  static DicomSet group(DicomSet set, int frame, int sequence) {
    DicomSet found = GreyValues.group(set, frame, sequence);
    return found == null ? set : found;
  }
}
