package org.swinengine.data.dicom;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * Writes a DICOM segmentation (PS3.3, A.51): a segment for each class, a picture of one bit a pixel for each
 * slice in which it is, with references to the slices of the series that was segmented.
 */
public final class SegmentationFile {
  private static final String IMPLEMENTATION = "2.25.239482904720356834528901";
  private static final int POSITION = 0x00200032;

  private SegmentationFile() {}

  /**
   * A segment.
   *
   * @param label its name
   * @param red of its colour, 0 to 255
   * @param green likewise
   * @param blue likewise
   */
  public record Segment(String label, int red, int green, int blue) {}

  /**
   * The bytes of a file.
   *
   * @param source a file of the series, whose patient and study it takes over
   * @param slices of the series, in the order of the labels
   * @param spacing distances of rows, columns and slices in millimetres
   * @param labels of all pixels, slice by slice: 0, or the number of a segment, from 1
   * @param sets whether labels are all segments of a pixel, a bit for each, the lowest that of segment 1
   * @param segments in the order of their numbers
   * @param program name and version of who made the labels
   */
  public static byte[] of(
      DicomImage source, List<SliceHeader> slices, double[] spacing, int[] labels, boolean sets,
      List<Segment> segments, String program) throws DicomException {
    DicomSet set = source.set();
    boolean unicode = set.text(0x00080005, "").equals("ISO_IR 192");
    Charset charset = unicode ? StandardCharsets.UTF_8 : StandardCharsets.US_ASCII;
    DicomElements file = new DicomElements(charset);
    String instance = uid();
    about(file, set, instance, program);
    file.sequence(Segments.SEGMENTS, segments(file, segments, program));
    references(file, slices);
    int plane = source.rows() * source.columns();
    List<int[]> frames = frames(labels, sets, plane, segments.size());
    double[] directions = Objects.requireNonNull(slices.get(0).directions());
    DicomElements measures =
        file.inner().decimals(0x00280030, spacing[0], spacing[1]).decimals(0x00180050, spacing[2])
            .decimals(0x00180088, spacing[2]);
    DicomElements shared =
        file.inner().sequence(0x00289110, measures)
            .sequence(0x00209116, file.inner().decimals(0x00200037, directions));
    file.sequence(0x52009229, shared);
    List<DicomElements> groups = new ArrayList<>();
    for (int[] frame : frames) {
      groups.add(group(file, slices.get(frame[0]), frame));
    }
    file.sequence(0x52009230, groups);
    file.text(0x00280008, "IS", Integer.toString(frames.size()));
    file.unsigned16(0x00280002, 1).text(0x00280004, "CS", "MONOCHROME2");
    file.unsigned16(0x00280010, source.rows()).unsigned16(0x00280011, source.columns());
    file.unsigned16(0x00280100, 1).unsigned16(0x00280101, 1).unsigned16(0x00280102, 0)
        .unsigned16(0x00280103, 0);
    file.text(0x00282110, "CS", "00");
    file.bytes(DicomReader.PIXEL_DATA, "OB", pixels(labels, sets, plane, frames));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[128]);
    out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
    DicomElements meta = new DicomElements(StandardCharsets.US_ASCII);
    meta.bytes(0x00020001, "OB", new byte[] {0, 1}).text(0x00020002, "UI", Segments.KIND)
        .text(0x00020003, "UI", instance).text(0x00020010, "UI", "1.2.840.10008.1.2.1")
        .text(0x00020012, "UI", IMPLEMENTATION);
    byte[] rest = meta.toBytes();
    out.writeBytes(
        new DicomElements(StandardCharsets.US_ASCII).unsigned32(0x00020000, rest.length).toBytes());
    out.writeBytes(rest);
    out.writeBytes(file.toBytes());
    return out.toByteArray();
  }

  /** An identifier of one's own (PS3.5, B.2). */
  private static String uid() {
    String hex = UUID.randomUUID().toString().replace("-", "");
    return "2.25." + new BigInteger(hex, 16);
  }

  private static void about(DicomElements file, DicomSet set, String instance, String program) {
    LocalDateTime now = LocalDateTime.now(ZoneId.systemDefault());
    String date = now.format(DateTimeFormatter.ofPattern("yyyyMMdd"));
    String time = now.format(DateTimeFormatter.ofPattern("HHmmss"));
    if (set.has(0x00080005)) {
      file.copy(0x00080005, "CS", set);
    }
    file.text(0x00080008, "CS", "DERIVED\\PRIMARY").text(0x00080016, "UI", Segments.KIND)
        .text(0x00080018, "UI", instance);
    file.copy(0x00080020, "DA", set).copy(0x00080030, "TM", set).copy(0x00080050, "SH", set)
        .copy(0x00080090, "PN", set);
    file.text(0x00080021, "DA", date).text(0x00080031, "TM", time).text(0x00080023, "DA", date)
        .text(0x00080033, "TM", time).text(0x00080060, "CS", "SEG").text(0x0008103E, "LO", "Segmentation");
    String[] named = program.split(" ", 2);
    file.text(0x00080070, "LO", named[0]).text(0x00081090, "LO", named[0])
        .text(0x00181000, "LO", "1").text(0x00181020, "LO", named.length > 1 ? named[1] : "0");
    file.copy(0x00100010, "PN", set).copy(0x00100020, "LO", set).copy(0x00100030, "DA", set)
        .copy(0x00100040, "CS", set);
    file.copy(0x0020000D, "UI", set).text(0x0020000E, "UI", uid()).copy(0x00200010, "SH", set)
        .text(0x00200011, "IS", "100").text(0x00200013, "IS", "1").copy(0x00200052, "UI", set)
        .text(0x00201040, "LO", "");
    file.text(Segments.TYPE, "CS", "BINARY").text(0x00700080, "CS", "SEGMENTATION")
        .text(0x00700081, "LO", "Made by a program").text(0x00700084, "PN", "");
    String organization = uid();
    file.sequence(0x00209221, file.inner().text(0x00209164, "UI", organization));
    file.sequence(
        0x00209222,
        file.inner().text(0x00209164, "UI", organization).tags(0x00209165, Segments.REFERENCED)
            .tags(0x00209167, Segments.IDENTIFICATION),
        file.inner().text(0x00209164, "UI", organization).tags(0x00209165, POSITION)
            .tags(0x00209167, 0x00209113));
  }

  private static List<DicomElements> segments(
      DicomElements file, List<Segment> segments, String program) {
    List<DicomElements> items = new ArrayList<>();
    for (Segment segment : segments) {
      String label = segment.label().length() > 64 ? segment.label().substring(0, 64) : segment.label();
      items.add(
          file.inner().unsigned16(Segments.NUMBER, items.size() + 1).text(Segments.LABEL, "LO", label)
              .text(0x00620008, "CS", "AUTOMATIC").text(0x00620009, "LO", program)
              .code(0x00620003, "91723000", "SCT", "Anatomical Structure")
              .code(0x0062000F, "85756007", "SCT", "Tissue")
              .unsigned16(0x0062000D, cielab(segment)));
    }
    return items;
  }

  /** L*, a* and b* for white D50, as 16-bit numbers (PS3.3, C.10.7.1.1). */
  static int[] cielab(Segment segment) {
    double[] linear = new double[3];
    int[] rgb = {segment.red(), segment.green(), segment.blue()};
    for (int i = 0; i < 3; i++) {
      double v = rgb[i] / 255.0;
      linear[i] = v <= 0.04045 ? v / 12.92 : StrictMath.pow((v + 0.055) / 1.055, 2.4);
    }
    double x = 0.4360747 * linear[0] + 0.3850649 * linear[1] + 0.1430804 * linear[2];
    double y = 0.2225045 * linear[0] + 0.7168786 * linear[1] + 0.0606169 * linear[2];
    double z = 0.0139322 * linear[0] + 0.0971045 * linear[1] + 0.7141733 * linear[2];
    double fx = root(x / 0.96422);
    double fy = root(y);
    double fz = root(z / 0.82521);
    return new int[] {
      bits((116 * fy - 16) / 100), bits((500 * (fx - fy) + 128) / 255), bits((200 * (fy - fz) + 128) / 255)};
  }

  private static double root(double t) {
    return t > 216.0 / 24389 ? StrictMath.cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  }

  private static int bits(double part) {
    return (int) Math.round(65535 * Math.max(0, Math.min(1, part)));
  }

  private static void references(DicomElements file, List<SliceHeader> slices) {
    Map<String, DicomElements> instances = new LinkedHashMap<>();
    for (SliceHeader slice : slices) {
      instances.putIfAbsent(
          slice.instance(),
          file.inner().text(0x00081150, "UI", slice.kind()).text(0x00081155, "UI", slice.instance()));
    }
    file.sequence(
        0x00081115,
        file.inner().sequence(0x0008114A, List.copyOf(instances.values()))
            .text(0x0020000E, "UI", slices.get(0).series()));
  }

  private static boolean has(int label, boolean sets, int segment) {
    return sets ? (label >> segment - 1 & 1) != 0 : label == segment;
  }

  /** Slice and segment of each picture: those in which there is something, or else a single empty one. */
  private static List<int[]> frames(int[] labels, boolean sets, int plane, int segments) {
    int depth = labels.length / plane;
    boolean[][] found = new boolean[segments + 1][depth];
    for (int i = 0; i < labels.length; i++) {
      for (int segment = 1; sets && segment <= segments; segment++) {
        found[segment][i / plane] |= has(labels[i], true, segment);
      }
      if (!sets) {
        found[labels[i]][i / plane] = true;
      }
    }
    List<int[]> frames = new ArrayList<>();
    for (int segment = 1; segment <= segments; segment++) {
      for (int z = 0; z < depth; z++) {
        if (found[segment][z]) {
          frames.add(new int[] {z, segment});
        }
      }
    }
    return frames.isEmpty() ? List.of(new int[] {0, 1}) : frames;
  }

  private static DicomElements group(DicomElements file, SliceHeader slice, int[] frame) {
    DicomElements source =
        file.inner().text(0x00081150, "UI", slice.kind()).text(0x00081155, "UI", slice.instance())
            .code(0x0040A170, "121322", "DCM", "Source image for image processing operation");
    if (slice.number() > 0) {
      source.text(0x00081160, "IS", Integer.toString(slice.number() + 1));
    }
    return file.inner()
        .sequence(
            0x00089124,
            file.inner().sequence(0x00082112, source).code(0x00089215, "113076", "DCM", "Segmentation"))
        .sequence(0x00209111, file.inner().unsigned32(0x00209157, frame[1], frame[0] + 1))
        .sequence(0x00209113, file.inner().decimals(POSITION, Objects.requireNonNull(slice.position())))
        .sequence(Segments.IDENTIFICATION, file.inner().unsigned16(Segments.REFERENCED, frame[1]));
  }

  /** A bit a pixel, the lowest of a byte first, pictures without gaps (PS3.5, 8.1.1). */
  private static byte[] pixels(int[] labels, boolean sets, int plane, List<int[]> frames) {
    long bytes = ((long) plane * frames.size() + 7) / 8;
    byte[] bits = new byte[Math.toIntExact(bytes + bytes % 2)];
    long at = 0;
    for (int[] frame : frames) {
      int from = frame[0] * plane;
      for (int i = 0; i < plane; i++, at++) {
        if (has(labels[from + i], sets, frame[1])) {
          bits[(int) (at >> 3)] |= (byte) (1 << (at & 7));
        }
      }
    }
    return bits;
  }
}
