package org.swinengine.data.dicom;

import java.io.IOException;

/** A DICOM file cannot be read. The message is a clause that follows the file's name: "is cut off". */
public final class DicomException extends IOException {
  DicomException(String clause) {
    super(clause);
  }

  DicomException(String clause, Throwable cause) {
    super(clause, cause);
  }

  /** A tag as the standard writes it. */
  static String tag(int tag) {
    return String.format("(%04X,%04X)", tag >>> 16, tag & 0xFFFF);
  }
}
