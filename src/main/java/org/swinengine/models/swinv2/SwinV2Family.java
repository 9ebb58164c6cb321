package org.swinengine.models.swinv2;

import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
import org.swinengine.models.swin.SwinBasedFamily;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swin.SwinCosts;
import org.swinengine.models.swin.SwinFamily;
import org.swinengine.models.swin.TorchvisionBuffers;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameTable;
import org.swinengine.weights.StateDict;

/** Swin Transformer V2. */
public final class SwinV2Family extends SwinBasedFamily {
  /** {@code MODEL.TYPE}. */
  public static final String TYPE = "swinv2";

  /** timm's names have no patch size. */
  private static final Pattern TIMM =
      Pattern.compile("swinv2_(tiny|small|base|large)_window(\\d+)(to\\d+)?_(\\d+)(to\\d+)?(_22k|_22kft1k)?");

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public List<String> keys() {
    return keys("PRETRAINED_WINDOW_SIZES");
  }

  @Override
  public ModelSpec.Architecture read(ConfigSection own) {
    SwinConfig layout = layout(own, null);
    List<Integer> none = Collections.nCopies(layout.stages(), 0);
    return new SwinV2Config(layout, own.integers("PRETRAINED_WINDOW_SIZES", none));
  }

  @Override
  public Map<String, Object> write(ModelSpec.Architecture architecture) {
    SwinV2Config swin = (SwinV2Config) architecture;
    Map<String, Object> keys = write(swin.layout());
    keys.put("PRETRAINED_WINDOW_SIZES", swin.pretrainedWindows());
    return keys;
  }

  @Override
  public Model create(ModelSpec spec) {
    return new SwinTransformerV2(spec);
  }

  @Override
  public List<ModelCost.Stage> costs(ModelSpec spec) {
    return SwinCosts.stages(spec, layout(spec), SwinCosts.NORM_LAST);
  }

  private static SwinConfig layout(ModelSpec spec) {
    return ((SwinV2Config) spec.architecture()).layout();
  }

  /** The windows of Swin V1's; its second stage's biases are those of a smaller window. */
  @Override
  public Optional<ModelSpec> smallest() {
    SwinV2Config config = new SwinV2Config(SwinFamily.small(false), List.of(0, 3));
    return Optional.of(new ModelSpec("small Swin V2", 14, 10, 3, 5, 0, 0, config));
  }

  @Override
  public InputStream configurations() {
    return SwinV2Family.class.getResourceAsStream("configurations.txt");
  }

  @Override
  public Map<String, String> torchvisionNames() {
    return Map.of(
        "swin_v2_t", "swinv2_tiny_patch4_window8_256",
        "swin_v2_s", "swinv2_small_patch4_window8_256",
        "swin_v2_b", "swinv2_base_patch4_window8_256");
  }

  @Override
  public Optional<String> respelled(String name) {
    Matcher timm = TIMM.matcher(name);
    if (!timm.matches()) {
      return Optional.empty();
    }
    String tuned = timm.group(3) == null ? "" : "_22kto1k_ft";
    String plain = timm.group(3) == null && timm.group(2).equals("12") ? "_22k" : tuned;
    return Optional.of(
        "swinv2_" + timm.group(1) + "_patch4_window" + timm.group(2) + text(timm.group(3)) + "_"
            + timm.group(4) + text(timm.group(5)) + plain);
  }

  private static String text(String group) {
    return group == null ? "" : group;
  }

  @Override
  public List<NameTable> nameTables() {
    return SwinV2Names.tables();
  }

  @Override
  public StateDict withBuffers(StateDict named, Dialect dialect, @Nullable ModelSpec spec) {
    return dialect.equals(Dialect.TORCHVISION)
        ? TorchvisionBuffers.add(named, spec == null ? 0 : layout(spec).windowHeight())
        : named;
  }

  @Override
  public ModelSpec.Architecture as(Dialect dialect, ModelSpec.Architecture architecture) {
    SwinV2Config swin = (SwinV2Config) architecture;
    return swin.layout().policy() == null
        ? new SwinV2Config(swin.layout().withPolicy(policy(dialect)), swin.pretrainedWindows())
        : swin;
  }

  @Override
  public ModelDescription recognise(
      StateShapes shapes, Dialect dialect, RecognitionHints hints, RecognitionNotes notes) {
    return new SwinV2Shapes(shapes, dialect, hints, notes).describe();
  }

  @Override
  public RecognitionHints hints(ModelSpec spec) {
    SwinV2Config swin = (SwinV2Config) spec.architecture();
    return super.hints(spec)
        .withWindow(swin.layout().windowHeight())
        .withPretrainedWindows(swin.pretrainedWindows());
  }

  @Override
  public Set<String> transformersTypes() {
    return Set.of("swinv2");
  }

  /** Its biases come from coordinates, of which there is no table to resize. */
  @Override
  public Optional<PositionTable> positions(String path, long[] shape, ModelSpec spec) {
    return embedding(path, spec, layout(spec).patch());
  }
}
