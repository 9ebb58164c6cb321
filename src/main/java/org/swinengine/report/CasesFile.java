package org.swinengine.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.swinengine.data.Csv;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.metrics.segmentation.InstanceFigures;
import org.swinengine.metrics.segmentation.PixelFigure;

/** The figures of each case and class, a line each. */
public final class CasesFile {
  private CasesFile() {}

  /**
   * Writes them; a figure that there is not is empty.
   *
   * @throws IOException with a sentence for the user if the file cannot be written
   */
  public static void write(Path file, SegmentationEvaluation evaluation) throws IOException {
    StringBuilder text = new StringBuilder();
    List<String> names = new ArrayList<>(List.of("case", "group", "class"));
    Stream.of(PixelFigure.values()).map(PixelFigure::key).forEach(names::add);
    names.addAll(List.of("objects", "objects_found"));
    text.append(Csv.row(names)).append('\n');
    for (SegmentationEvaluation.Case one : evaluation.cases()) {
      for (ClassFigures figures : one.figures()) {
        text.append(row(evaluation, one, figures)).append('\n');
      }
    }
    TextFile.replace(file, text.toString());
  }

  private static String row(
      SegmentationEvaluation evaluation, SegmentationEvaluation.Case one, ClassFigures figures) {
    List<String> cells = new ArrayList<>();
    cells.add(one.name());
    cells.add(one.group() == null ? "" : one.group());
    cells.add(evaluation.classNames().get(figures.classNumber()));
    cells.addAll(
        Arrays.stream(PixelFigure.values()).map(figure -> number(figure.of(figures)))
            .collect(Collectors.toList()));
    InstanceFigures objects = figures.objects();
    cells.add(objects == null ? "" : Integer.toString(objects.real()));
    cells.add(objects == null ? "" : Integer.toString(objects.predicted()));
    return Csv.row(cells);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }
}
