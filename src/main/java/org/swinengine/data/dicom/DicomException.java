package org.swinengine.data.dicom;

import java.io.IOException;

/** A DICOM file cannot be read. The message is a clause that follows the file's name: "is cut off". */
public final class DicomException extends IOException {
  private static final int LONGEST = 400;

  DicomException(String clause) {
    super(printable(clause));
  }

  DicomException(String clause, Throwable cause) {
    super(printable(clause), cause);
  }

  /** A damaged file's text may hold anything, and be of any length. */
  private static String printable(String clause) {
    String text = clause.replaceAll("\\p{Cntrl}", "?");
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }

  /** A tag as the standard writes it. */
  static String tag(int tag) {
    return String.format("(%04X,%04X)", tag >>> 16, tag & 0xFFFF);
  }
}
