package org.swinengine.data.dicom;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The segments of a DICOM segmentation (PS3.3, A.51), whose pictures are masks of one bit a pixel, each of a
 * segment and a slice.
 *
 * @param labels of the segments, by their numbers
 * @param ofFrame the number of each picture's segment
 */
public record Segments(Map<Integer, String> labels, int[] ofFrame) {
  /** The SOP class of segmentations. */
  public static final String KIND = "1.2.840.10008.5.1.4.1.1.66.4";

  static final int SEGMENTS = 0x00620002;
  static final int NUMBER = 0x00620004;
  static final int LABEL = 0x00620005;
  static final int IDENTIFICATION = 0x0062000A;
  static final int REFERENCED = 0x0062000B;
  static final int TYPE = 0x00620001;

  /**
   * Reads what a file's pictures are.
   *
   * @throws DicomException if it is no segmentation with a bit for each pixel
   */
  public static Segments of(DicomImage image) throws DicomException {
    DicomSet set = image.set();
    if (!set.text(0x00080016, "").equals(KIND)) {
      throw new DicomException("is no DICOM segmentation (SOP class " + KIND + ")");
    }
    String type = set.text(TYPE, "BINARY");
    if (!type.equals("BINARY") || image.bits() != 1) {
      throw new DicomException(
          "is a segmentation of the type " + type + " with " + image.bits()
              + " bits a pixel; read are those of the type BINARY with one");
    }
    Map<Integer, String> labels = new LinkedHashMap<>();
    DicomSet.Element all = set.get(SEGMENTS);
    if (all != null) {
      for (DicomSet one : all.items()) {
        labels.put(one.unsigned16(NUMBER, 0), one.text(LABEL, ""));
      }
    }
    int[] ofFrame = new int[image.frames()];
    for (int frame = 0; frame < ofFrame.length; frame++) {
      DicomSet of = SliceHeader.group(set, frame, IDENTIFICATION);
      ofFrame[frame] = of.unsigned16(REFERENCED, 0);
      if (!labels.containsKey(ofFrame[frame])) {
        throw new DicomException(
            "has the segment " + ofFrame[frame] + " in picture " + (frame + 1) + ", but its segments are "
                + Objects.toString(labels.keySet()));
      }
    }
    return new Segments(labels, ofFrame);
  }
}
