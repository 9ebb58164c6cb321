package org.swinengine.cli;

import java.nio.file.Path;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.list.ListColumns;
import picocli.CommandLine.Option;

/** How lists of images are read, and which images belong together. */
final class ListOptions {
  @Option(
      names = "--path-column",
      paramLabel = "NAME",
      description = "Of a list of images: the column of the files. Default: found by its name.")
  private String path;

  @Option(
      names = "--label-column",
      paramLabel = "NAME[,NAME...]",
      description = "Of a list of images: the column of the labels, or the columns of zeros and ones, one for"
          + " each class; of CIFAR-100 coarse or fine. Default: found by its name, else all such columns.")
  private String label;

  @Option(
      names = "--split-column",
      paramLabel = "NAME",
      description = "Of a list of images: the column of train, val and test. Default: found by its name.")
  private String split;

  @Option(
      names = "--group-column",
      paramLabel = "NAME",
      description = "Of a list of images: the column of what is not to be divided, such as patients. Default:"
          + " found by its name.")
  private String group;

  @Option(
      names = "--image-root",
      paramLabel = "DIR",
      description = "The folder that the paths of a list begin in. Default: the list's, or one beside it.")
  private Path imageRoot;

  @Option(
      names = "--group-pattern",
      paramLabel = "REGEX",
      description = "What is not to be divided, by the images' paths: what the expression's first capture"
          + " finds in each, such as \"(patient\\d+)_\".")
  private String groupPattern;

  ListColumns columns() {
    String root = imageRoot == null ? null : imageRoot.toAbsolutePath().toString();
    return new ListColumns(path, label, split, group, root);
  }

  String groupPattern() {
    return groupPattern;
  }

  DatasetOptions applyTo(DatasetOptions options) {
    return options.withColumns(columns()).withGroupPattern(groupPattern);
  }
}
