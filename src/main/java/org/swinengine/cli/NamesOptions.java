package org.swinengine.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.swinengine.inference.OpenOptions;
import org.swinengine.models.ClassMap;
import org.swinengine.models.LoadOptions;
import org.swinengine.models.ParameterNames;
import org.swinengine.models.PositionResizing;
import org.swinengine.models.RecognitionHints;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.RenameRules;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How the arrays of a file of weights are named, and how strictly they have to fit. */
final class NamesOptions {
  @Option(
      names = "--dialect",
      paramLabel = "NAME",
      description = "Whose names the weights have: microsoft, timm, torchvision, hf, swin_unet, lucidrains,"
          + " torch_encoder, torch_vit or engine. Default: recognised from names and shapes.")
  private String dialect;

  @Option(
      names = "--rename",
      paramLabel = "'REGEX=>NAME'",
      description = "Rename arrays first: what the regular expression finds is replaced ($1 is a group); a"
          + " name that becomes empty is left out. May be given again, or name a file of such rules; auto:"
          + " the rules that inspect finds for a ViT with names of its own.")
  private List<String> rename = List.of();

  @Option(
      names = "--key",
      paramLabel = "NAME",
      description = "Which state dict of a checkpoint that holds several, such as params_ema. Default: the"
          + " trained one.")
  private String key;

  @Option(
      names = "--strict",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Whether every array has to fit; --no-strict loads what fits. Default: ${DEFAULT-VALUE}.")
  private boolean strict;

  @Option(
      names = "--resize-positions",
      paramLabel = "HOW",
      description = "How position tables of another size are resized: microsoft, timm or hf. Default: as the"
          + " implementation does whose names the weights have.")
  private String resizing;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "Attention heads of a ViT that is recognised from its weights, where they are not"
          + " dim/64.")
  private Integer heads;

  @Option(
      names = "--norm-eps",
      paramLabel = "E",
      description = "LayerNorm's epsilon of a ViT that is recognised from its weights, such as 1e-5.")
  private Double normEpsilon;

  @Mixin
  private OwnVitOptions ownVit;

  @Option(
      names = "--window",
      paramLabel = "N",
      description = "Windows' side of a Swin Transformer V2 that is recognised from its weights, which are"
          + " the same for any. Default: what the file or the image size says.")
  private Integer window;

  @Option(
      names = "--class-map",
      paramLabel = "FILE",
      description = "For each class of the model a line with the row of the weights' head, such as"
          + " ImageNet-22k's row of each ImageNet-1k class (map22kto1k.txt).")
  private Path classMap;

  /** Whether anything was said. */
  boolean isGiven() {
    return dialect != null
        || !rename.isEmpty()
        || key != null
        || !strict
        || resizing != null
        || heads != null
        || normEpsilon != null
        || !ownVit.said().isEmpty()
        || window != null
        || classMap != null;
  }

  /** The dialect that was named; null if it is to be recognised. */
  Dialect dialect() {
    return dialect == null ? null : ParameterNames.dialect(dialect);
  }

  RenameRules rules() {
    return RenameRules.parse(rename);
  }

  RecognitionHints hints() {
    RecognitionHints hints = RecognitionHints.NONE;
    hints = heads == null ? hints : hints.withHeads(heads);
    hints = window == null ? hints : hints.withWindow(window);
    for (Map.Entry<String, String> said : ownVit.said().entrySet()) {
      hints = hints.withOwn(said.getKey(), said.getValue());
    }
    return normEpsilon == null ? hints : hints.withNormEpsilon(normEpsilon);
  }

  LoadOptions loading() {
    LoadOptions options = strict ? LoadOptions.STRICT : LoadOptions.STRICT.lenient();
    options = classMap == null ? options : options.withClassRows(ClassMap.read(classMap));
    return resizing == null ? options : options.withResizing(PositionResizing.named(resizing));
  }

  /** All of it. */
  OpenOptions options() {
    return OpenOptions.DEFAULT.withNames(dialect(), rules()).withHints(hints()).withLoading(loading())
        .withKey(key);
  }
}
