package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CsvTest {
  @Test
  void whatNeedsQuotationMarksHasThem() {
    assertEquals("a b,\"1,5\",\"say \"\"so\"\"\",,\"two\nlines\"",
        Csv.row(List.of("a b", "1,5", "say \"so\"", "", "two\nlines")));
  }

  @Test
  void rowsComeBack() {
    List<List<String>> rows =
        List.of(List.of("row", "file"), List.of("0", "a,\"b\".jpg"), List.of("1", "two\r\nlines"),
            List.of("", "größe 緑"));
    StringBuilder text = new StringBuilder();
    rows.forEach(row -> text.append(Csv.row(row)).append("\r\n"));
    assertEquals(rows, Csv.parse(text.toString()));
  }

  @Test
  void emptyLinesAreNoRows() {
    assertEquals(List.of(List.of("a"), List.of("b", "")), Csv.parse("\na\n\n\nb,"));
  }
}
