package org.swinengine.data.list;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What columns of lists are usually called, without regard to case, blanks, hyphens and underscores. */
final class ColumnNames {
  /** The surest first. */
  static final List<String> PATH =
      words(
          "path filepath imagepath filename file imagefile imagename image imageindex imgpath imgfile imgname"
              + " img relativepath relpath picture photo imageid imgid imageids fname uri name id");

  static final List<String> LABEL =
      words(
          "label labels class classname classlabel classid classes category categories target targets"
              + " diagnosis dx finding findings findinglabel findinglabels labelname species tag tags y");

  static final List<String> SPLIT = words("split part subset partition phase datasplit set");

  static final List<String> GROUP =
      words(
          "group groupid groups patient patientid patientname patientnumber subject subjectid person personid"
              + " individual individualid participant participantid case caseid lesionid slide slideid study"
              + " studyid");

  private static final Set<String> KNOWN =
      Stream.of(PATH, LABEL, SPLIT, GROUP).flatMap(List::stream).collect(Collectors.toUnmodifiableSet());

  private ColumnNames() {}

  private static List<String> words(String text) {
    return List.of(text.split(" "));
  }

  /** A name without what people write in different ways. */
  static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "");
  }

  /**
   * Whether a line names columns: none of its values is a file's, and one is a usual name or none is a
   * number.
   */
  static boolean isHeader(List<String> fields) {
    boolean named = fields.stream().anyMatch(field -> KNOWN.contains(plain(field)));
    boolean words = fields.stream().noneMatch(field -> field.isEmpty() || field.matches("[-+.\\d]+"));
    return (named || words) && fields.stream().noneMatch(ColumnNames::isFile);
  }

  /** Whether a value looks like a file. */
  static boolean isFile(String value) {
    return value.matches("(?s).*\\.[A-Za-z][A-Za-z0-9]{1,4}") || value.contains("/");
  }

  /** The first column that has one of the names, the surest name first; -1 for none. */
  static int find(List<String> header, List<String> names) {
    List<String> plain = header.stream().map(ColumnNames::plain).toList();
    return names.stream().mapToInt(plain::indexOf).filter(at -> at >= 0).findFirst().orElse(-1);
  }
}
