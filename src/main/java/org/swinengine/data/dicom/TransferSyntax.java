package org.swinengine.data.dicom;

/** How a data set and its pixels are written (PS3.5, annex A). */
enum TransferSyntax {
  IMPLICIT_LITTLE("1.2.840.10008.1.2", Pixels.NATIVE),
  EXPLICIT_LITTLE("1.2.840.10008.1.2.1", Pixels.NATIVE),
  ENCAPSULATED_UNCOMPRESSED("1.2.840.10008.1.2.1.98", Pixels.NATIVE),
  DEFLATED("1.2.840.10008.1.2.1.99", Pixels.NATIVE),
  EXPLICIT_BIG("1.2.840.10008.1.2.2", Pixels.NATIVE),
  JPEG_BASELINE("1.2.840.10008.1.2.4.50", Pixels.JPEG),
  JPEG_EXTENDED("1.2.840.10008.1.2.4.51", Pixels.JPEG),
  JPEG_LOSSLESS("1.2.840.10008.1.2.4.57", Pixels.JPEG_LOSSLESS),
  JPEG_LOSSLESS_FIRST("1.2.840.10008.1.2.4.70", Pixels.JPEG_LOSSLESS),
  RLE("1.2.840.10008.1.2.5", Pixels.RLE);

  /** What the pixels are. */
  enum Pixels {
    NATIVE,
    JPEG,
    JPEG_LOSSLESS,
    RLE
  }

  private final String uid;
  private final Pixels pixels;

  TransferSyntax(String uid, Pixels pixels) {
    this.uid = uid;
    this.pixels = pixels;
  }

  Pixels pixels() {
    return pixels;
  }

  boolean isBigEndian() {
    return this == EXPLICIT_BIG;
  }

  boolean isExplicit() {
    return this != IMPLICIT_LITTLE;
  }

  /** @throws DicomException if it is none that is read */
  static TransferSyntax of(String uid) throws DicomException {
    for (TransferSyntax syntax : values()) {
      if (syntax.uid.equals(uid)) {
        return syntax;
      }
    }
    throw new DicomException(
        "is DICOM with the transfer syntax " + uid + name(uid)
            + ", which is not read; read are uncompressed and deflated ones, RLE, JPEG and lossless JPEG");
  }

  private static String name(String uid) {
    return switch (uid) {
      case "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81" -> " (JPEG-LS)";
      case "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.92",
          "1.2.840.10008.1.2.4.93" ->
          " (JPEG 2000)";
      case "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203" ->
          " (high-throughput JPEG 2000)";
      case "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112" ->
          " (JPEG XL)";
      default -> uid.startsWith("1.2.840.10008.1.2.4.10") ? " (video)" : "";
    };
  }
}
