package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Csv;
import org.swinengine.inference.Features;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Picture;
import org.swinengine.inference.PictureReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code neighbours}: which pictures are alike. */
@Command(
    name = "neighbours",
    description = {
      "Finds the pictures that are most similar to one, or with --duplicates all pairs that are alike: by the"
          + " cosine of their features.",
      "A picture that cannot be read is left out and named on the error stream at the end; the exit code is 1"
          + " then."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "", "Examples:", "  swin-engine neighbours --weights swin.pth photo.jpg holiday/",
      "  swin-engine embed --weights swin.pth holiday/ --output holiday.npy",
      "  swin-engine neighbours holiday.npy --duplicates 0.95"
    })
final class NeighboursCommand implements Callable<Integer> {
  private static final int NEIGHBOURS = 5;
  private static final int PAIRS = 1000;

  @Spec
  private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "PICTURE",
      description = "First the picture that is looked for (not with --duplicates); then pictures and folders,"
          + " or a file of features that embed wrote, with its list beside it.")
  private List<Path> named;

  @Option(
      names = "--duplicates",
      paramLabel = "BOUND",
      description = "All pairs of pictures whose cosine is at least this, such as 0.95.")
  private Double bound;

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "How many to name, the most similar first. Default: 5 pictures, 1000 pairs.")
  private Integer top;

  @Mixin
  private LayerOption layer;
  @Mixin
  private AskedModel asking;
  @Mixin
  private FormatOption format;

  private int exitCode;

  @Override
  public Integer call() throws IOException {
    FormatOption.Format asked = format.get();
    if (top != null && top < 1) {
      throw wrong("--top must be at least 1, not " + top);
    }
    if (bound != null && !(bound >= -1 && bound <= 1)) {
      throw wrong("--duplicates is " + bound + ", but a cosine is from -1 to 1");
    }
    List<Path> places = new ArrayList<>(named == null ? List.of() : named);
    if (bound == null && places.isEmpty()) {
      throw wrong("give the picture that is looked for, and where to look");
    }
    Path query = bound == null ? places.remove(0) : null;
    Features features = null;
    if (places.size() == 1 && !asking.reading().hasList() && EmbedCommand.isNumpy(places.get(0))) {
      features = read(places.get(0));
    } else if (places.isEmpty() && !asking.reading().hasList()) {
      throw wrong("say where to look: name pictures and folders, or a file of features that embed wrote");
    }
    if (query == null && features != null) {
      pairs(features, asked);
    } else if (features != null && rowOf(query, features.names()) >= 0) {
      int row = rowOf(query, features.names());
      nearest(query, features.row(row), features, asked);
    } else {
      compute(query, places, features, asked);
    }
    return exitCode;
  }

  private static Features read(Path array) throws IOException {
    Path csv = EmbedCommand.listOf(array, ".csv");
    Path txt = EmbedCommand.listOf(array, ".txt");
    return Features.read(array, Files.exists(csv) || !Files.exists(txt) ? csv : txt);
  }

  /** The row of a picture among others, −1 if it is not among them. */
  private static int rowOf(Path picture, List<String> names) {
    Path wanted = picture.toAbsolutePath().normalize();
    for (int i = 0; i < names.size(); i++) {
      if (Path.of(names.get(i)).toAbsolutePath().normalize().equals(wanted)) {
        return i;
      }
    }
    return -1;
  }

  private void compute(Path query, List<Path> places, Features known, FormatOption.Format asked)
      throws IOException {
    Picture wanted = query == null ? null : asking.reading().picture(query);
    List<Picture> all = known != null ? List.of() : asking.reading().pictures(places);
    Features features = known;
    float[] sought = null;
    try (Backend backend = asking.openDevice()) {
      LoadedModel model = asking.openForFeatures(backend);
      if (query != null) {
        sought = model.features(wanted.decode(asking.reading().decoding(model, wanted)), layer.of(model));
      }
      if (features == null) {
        PictureProgress progress = new PictureProgress(command, all.size());
        try (PictureReader reader = asking.reading().start(all, model, progress)) {
          features = Features.of(model, layer.of(model), reader);
        } finally {
          exitCode = progress.finish(asking.reading());
        }
      }
    }
    if (query == null) {
      pairs(features, asked);
    } else {
      nearest(query, sought, features, asked);
    }
  }

  private void nearest(Path query, float[] wanted, Features features, FormatOption.Format asked) {
    int most = top == null ? NEIGHBOURS : top;
    int own = rowOf(query, features.names());
    List<Features.Neighbour> found =
        features.nearest(wanted, own < 0 ? most : most + 1).stream()
            .filter(neighbour -> neighbour.row() != own)
            .limit(most)
            .toList();
    PrintWriter out = command.commandLine().getOut();
    ObjectNode all = Json.object().put("query", query.toString());
    ArrayNode list = all.putArray("neighbours");
    if (asked == FormatOption.Format.CSV) {
      out.println("rank,similarity,file");
    }
    for (int i = 0; i < found.size(); i++) {
      Features.Neighbour neighbour = found.get(i);
      ObjectNode node = Json.object().put("rank", i + 1).put("file", neighbour.name())
          .put("similarity", neighbour.similarity());
      list.add(node);
      switch (asked) {
        case TABLE -> out.printf(Locale.ROOT, "%7.4f  %s%n", neighbour.similarity(), neighbour.name());
        case CSV -> out.println(
            Csv.row(List.of(Integer.toString(i + 1), number(neighbour.similarity()), neighbour.name())));
        case JSONL -> out.println(node);
        case JSON -> {}
      }
    }
    if (asked == FormatOption.Format.JSON) {
      out.println(all);
    }
  }

  private void pairs(Features features, FormatOption.Format asked) {
    Features.Pairs pairs = features.pairs(bound, top == null ? PAIRS : top);
    PrintWriter out = command.commandLine().getOut();
    ObjectNode all = Json.object().put("pictures", features.names().size()).put("found", pairs.found());
    ArrayNode list = all.putArray("pairs");
    if (asked == FormatOption.Format.CSV) {
      out.println("similarity,first,second");
    }
    for (Features.Pair pair : pairs.best()) {
      ObjectNode node = Json.object().put("first", pair.first()).put("second", pair.second())
          .put("similarity", pair.similarity());
      list.add(node);
      switch (asked) {
        case TABLE -> out.printf(
            Locale.ROOT, "%7.4f  %s  %s%n", pair.similarity(), pair.first(), pair.second());
        case CSV -> out.println(Csv.row(List.of(number(pair.similarity()), pair.first(), pair.second())));
        case JSONL -> out.println(node);
        case JSON -> {}
      }
    }
    if (asked == FormatOption.Format.JSON) {
      out.println(all);
    }
    command.commandLine().getErr().println(
        "pairs     " + pairs.found() + " among " + features.names().size() + " pictures"
            + (pairs.best().size() < pairs.found()
                ? "; the " + pairs.best().size() + " most similar are shown"
                : ""));
  }

  private static String number(double similarity) {
    return String.format(Locale.ROOT, "%.6f", similarity);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
