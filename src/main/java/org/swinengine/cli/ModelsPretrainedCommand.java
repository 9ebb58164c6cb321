package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.swinengine.inference.WeightSource;
import org.swinengine.pretrained.PublishedCheckpoint;
import org.swinengine.pretrained.PublishedCheckpoints;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code models pretrained}: which weights can be had by name. */
@Command(
    name = "pretrained",
    description = {
      "Lists published weights that --pretrained takes by name: the model that they belong to, the classes of"
          + " their head, image size, licence and source. Of several words, a name must contain all.",
      "With --download instead: gets one into the cache, also by address or as hf:ORG/REPO, and says"
          + " where it is."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  swin-engine models pretrained swin base in1k",
      "  swin-engine models pretrained --download swin_tiny_patch4_window7_224.ms_in1k"
    })
final class ModelsPretrainedCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(arity = "0..*", paramLabel = "WORD", description = "Lists only names with it.")
  private List<String> words = List.of();

  @Option(
      names = "--download",
      paramLabel = "NAME|URL|hf:ORG/REPO[/FILE]",
      description = "Download these weights and print their file.")
  private String download;

  @Mixin
  private PretrainedSource.Cache cache;
  @Mixin
  private JsonOption json;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    if (download != null) {
      WeightSource weights = cache.open(download);
      ObjectNode node = Json.object().put("source", download).put("file", weights.file().toString());
      out.println(json.isOn() ? node : weights.file());
      return 0;
    }
    ArrayNode list = Json.array();
    List<PublishedCheckpoint> found = PublishedCheckpoints.all().stream().filter(this::matches).toList();
    if (json.isOn()) {
      found.forEach(checkpoint -> describe(checkpoint, list.addObject()));
      out.println(list);
      return 0;
    }
    String format = "%-52s %-50s %7s %5s %-13s %s%n";
    out.printf(format, "name", "model", "classes", "image", "licence", "source");
    for (PublishedCheckpoint checkpoint : found) {
      out.printf(
          Locale.ROOT, format, checkpoint.name(), checkpoint.model(), checkpoint.classes(),
          checkpoint.imageSize(), checkpoint.licence(), checkpoint.source());
    }
    return 0;
  }

  private boolean matches(PublishedCheckpoint checkpoint) {
    return NameFilter.hasAll(checkpoint.name(), words);
  }

  private static void describe(PublishedCheckpoint checkpoint, ObjectNode node) {
    node.put("name", checkpoint.name())
        .put("model", checkpoint.model())
        .put("classes", checkpoint.classes())
        .put("image_size", checkpoint.imageSize())
        .put("crop_ratio", checkpoint.cropRatio())
        .put("interpolation", checkpoint.interpolation())
        .put("source", checkpoint.source())
        .put("licence", checkpoint.licence());
    ArrayNode mean = node.putArray("mean");
    ArrayNode deviation = node.putArray("std");
    for (int i = 0; i < checkpoint.mean().length; i++) {
      mean.add(checkpoint.mean()[i]);
      deviation.add(checkpoint.deviation()[i]);
    }
    checkpoint.checksum().ifPresent(sha256 -> node.put("sha256", sha256));
    if (checkpoint.mebibytes() > 0) {
      node.put("mebibytes", checkpoint.mebibytes());
    }
  }
}
