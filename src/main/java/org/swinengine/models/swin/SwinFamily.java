package org.swinengine.models.swin;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.models.ConfigSection;
import org.swinengine.models.Model;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelDescription;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.PositionTable;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.RecognitionNotes;
import org.swinengine.models.StateShapes;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameTable;
import org.swinengine.weights.StateDict;

/** Swin Transformer V1, S3 among them. */
public final class SwinFamily extends SwinBasedFamily {
  /** {@code MODEL.TYPE}. */
  public static final String TYPE = "swin";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public List<String> keys() {
    return keys("QK_SCALE");
  }

  @Override
  public ModelSpec.Architecture read(ConfigSection own) {
    return layout(own, own.optionalNumber("QK_SCALE"));
  }

  @Override
  public Map<String, Object> write(ModelSpec.Architecture architecture) {
    return write((SwinConfig) architecture);
  }

  @Override
  public Model create(ModelSpec spec) {
    return new SwinTransformer(spec);
  }

  @Override
  public List<ModelCost.Stage> costs(ModelSpec spec) {
    return SwinCosts.stages(spec, (SwinConfig) spec.architecture(), SwinCosts.NORM_FIRST);
  }

  /** Its 7x5 tokens are padded to windows of 4x4 and merged to 4x3. */
  @Override
  public Optional<ModelSpec> smallest() {
    return Optional.of(new ModelSpec("small Swin", 14, 10, 3, 5, 0, 0, small(true)));
  }

  /** Two stages of two blocks with shifted windows, which padding fits to an image. */
  public static SwinConfig small(boolean absolutePositions) {
    return new SwinConfig(
        2, 8, List.of(2, 2), List.of(2, 4), 4, 4, 2, true, null, absolutePositions, true, 1e-5,
        WindowPolicy.TORCHVISION);
  }

  @Override
  public InputStream configurations() {
    return SwinFamily.class.getResourceAsStream("configurations.txt");
  }

  @Override
  public Map<String, String> torchvisionNames() {
    return Map.of(
        "swin_t", "swin_tiny_patch4_window7_224",
        "swin_s", "swin_small_patch4_window7_224",
        "swin_b", "swin_base_patch4_window7_224");
  }

  /**
   * Stochastic depth of the original's configurations for ImageNet-22k and for what is fine-tuned from it.
   */
  @Override
  public ModelSpec trainedOn(ModelSpec spec, String end) {
    return end.startsWith("_22k") ? spec.withDropPath(spec.name().startsWith("swin_tiny") ? 0.1 : 0.2) : spec;
  }

  @Override
  public List<NameTable> nameTables() {
    return SwinNames.tables();
  }

  @Override
  public StateDict withBuffers(StateDict named, Dialect dialect, @Nullable ModelSpec spec) {
    return dialect.equals(Dialect.TORCHVISION) ? TorchvisionBuffers.add(named, 0) : named;
  }

  @Override
  public ModelSpec.Architecture as(Dialect dialect, ModelSpec.Architecture architecture) {
    SwinConfig swin = (SwinConfig) architecture;
    return swin.policy() == null ? swin.withPolicy(policy(dialect)) : swin;
  }

  @Override
  public ModelDescription recognise(
      StateShapes shapes, Dialect dialect, RecognitionHints hints, RecognitionNotes notes) {
    return new SwinShapes(TYPE, shapes, dialect, hints, notes).describe();
  }

  /** With windows of its own for each stage, as small as the stage: 14 may mean 14, 14, 14 and 7. */
  @Override
  public ModelSpec.Architecture comparable(ModelSpec spec) {
    SwinConfig swin = (SwinConfig) spec.architecture();
    if (swin.windowHeight() != swin.windowWidth() || spec.imageHeight() != spec.imageWidth()) {
      return swin;
    }
    return swin.withStageWindows(
        IntStream.range(0, swin.stages())
            .map(i -> Math.min(swin.window(i)[0], swin.tokens(spec.imageHeight(), i)))
            .boxed()
            .toList());
  }

  @Override
  public String relative(Set<String> names) {
    return names.stream().anyMatch(name -> name.contains(".attn.w_msa."))
        ? "these are the names of OpenMMLab's Swin Transformer, whose patch merging orders channels"
            + " differently; convert the file with OpenMMLab's own tool to Microsoft's names first"
        : "";
  }

  @Override
  public Set<String> transformersTypes() {
    return Set.of("swin");
  }

  @Override
  public Optional<PositionTable> positions(String path, long[] shape, ModelSpec spec) {
    SwinConfig swin = (SwinConfig) spec.architecture();
    return biases(path, shape, swin, spec)
        .or(() -> embedding(path, spec, swin.patch()));
  }
}
