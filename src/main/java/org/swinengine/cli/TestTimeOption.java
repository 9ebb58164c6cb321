package org.swinengine.cli;

import java.util.Locale;
import org.swinengine.inference.TestTimeAugmentation;
import org.swinengine.inference.TestTimeViews;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Whether a model is asked about several views of each picture. */
final class TestTimeOption {
  @Option(
      names = "--tta",
      paramLabel = "hflip|five|ten|d4",
      converter = Views.class,
      description = "Ask about several views of each picture and take the mean of the probabilities: its"
          + " mirror image too (hflip), five crops or ten (with their mirror images; they need a --crop-ratio"
          + " below 1), or all turns and mirror images (d4). Default: the picture alone.")
  private TestTimeViews views;

  /** As the library reads them. */
  private static final class Views implements ITypeConverter<TestTimeViews> {
    @Override
    public TestTimeViews convert(String text) {
      try {
        return TestTimeViews.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** The views that were asked for, as the library names them; null: the picture alone. */
  String text() {
    return get() == null ? null : views.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What was asked for; null: the picture alone. */
  TestTimeAugmentation get() {
    return views == null || views == TestTimeViews.NONE
        ? null
        : new TestTimeAugmentation(views, TestTimeAugmentation.Mean.PROBABILITIES);
  }
}
