package org.swinengine.cli;

import java.nio.file.Path;
import org.swinengine.console.Terminal;
import org.swinengine.inference.WeightSource;
import org.swinengine.pretrained.ConsoleDownload;
import org.swinengine.pretrained.DownloadListener;
import org.swinengine.pretrained.PretrainedException;
import org.swinengine.pretrained.PretrainedOptions;
import org.swinengine.pretrained.PretrainedWeights;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Weights that somebody published, in the options of a command. */
final class PretrainedSource {
  @Option(
      names = "--pretrained",
      paramLabel = "NAME|FILE|URL|hf:ORG/REPO[/FILE]",
      description = "Published weights, which are downloaded once: a name of `swin-engine models"
          + " pretrained`, an address, or a repository of the Hugging Face Hub; or a file.")
  private String source;

  @Mixin
  private Cache cache;

  private WeightSource opened;

  /** Where downloads are kept, and whether there may be any. */
  static final class Cache {
    @Option(
        names = "--cache-dir",
        paramLabel = "DIR",
        description = "Folder for downloads. Default: SWIN_CACHE, else swin-engine in the system's"
            + " cache folder.")
    private Path folder;

    @Option(names = "--offline", description = "Download nothing; use what has been downloaded.")
    private boolean offline;

    /** Gets weights and shows how that gets on, on the error stream. */
    WeightSource open(String source) {
      ConsoleDownload progress = new ConsoleDownload(System.err, Terminal.isInteractive());
      return WeightSource.of(source, new PretrainedOptions(folder, offline, progress));
    }
  }

  boolean isGiven() {
    return source != null;
  }

  /** Whether a published checkpoint has been downloaded already. */
  boolean isAtHand(String name) {
    try {
      PretrainedWeights.resolve(name, new PretrainedOptions(cache.folder, true, DownloadListener.NONE));
      return true;
    } catch (PretrainedException e) {
      return false;
    }
  }

  /** Other weights than the option's, by the same cache. */
  WeightSource open(String name) {
    return cache.open(name);
  }

  /** The weights, downloaded unless they are there. */
  WeightSource open() {
    if (opened == null) {
      opened = cache.open(source);
    }
    return opened;
  }
}
