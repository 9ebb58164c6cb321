package org.swinengine.models.swinunet;

import static org.swinengine.models.ModelSpec.require;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.swinengine.autograd.Parameter;
import org.swinengine.models.ConfigSection;
import org.swinengine.models.InputConvention;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelDescription;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.PositionResizing;
import org.swinengine.models.PositionTable;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.RecognitionNotes;
import org.swinengine.models.StateShapes;
import org.swinengine.models.swin.SwinBasedFamily;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swin.SwinCosts;
import org.swinengine.models.swin.SwinFamily;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameTable;
import org.swinengine.weights.NamedWeights;

/** Swin-Unet, which segments images. */
public final class SwinUnetFamily extends SwinBasedFamily {
  /** {@code MODEL.TYPE}. */
  public static final String TYPE = "swin_unet";

  /** HuCaoFighting/Swin-Unet. */
  public static final Dialect DIALECT = new Dialect("swin_unet");

  /** Classes of the data set with which Swin-Unet was published; its repository's default. */
  private static final int SYNAPSE_CLASSES = 9;

  @Override
  public String type() {
    return TYPE;
  }

  /** Its own keys stand among a Swin Transformer's, as in its repository. */
  @Override
  public String section() {
    return "SWIN";
  }

  @Override
  public List<String> keys() {
    return keys("QK_SCALE", "DECODER_DEPTHS", "FINAL_UPSAMPLE", "SKIPS");
  }

  /** Its repository's files name a Swin Transformer. */
  @Override
  public boolean claims(ConfigSection own) {
    return own.hasAny("DECODER_DEPTHS", "FINAL_UPSAMPLE");
  }

  @Override
  public ModelSpec.Architecture read(ConfigSection own) {
    String upsample = own.text("FINAL_UPSAMPLE", "expand_first");
    require(
        upsample.equals("expand_first"), "%s.FINAL_UPSAMPLE is %s; it must be expand_first", own.path(),
        upsample);
    // Files have it, but the original never reads it: its decoder has the encoder's depths.
    own.integers("DECODER_DEPTHS", List.of());
    SwinConfig encoder = layout(own, own.optionalNumber("QK_SCALE"));
    return new SwinUnetConfig(encoder, SwinUnetConfig.skips(own.joined("SKIPS", "all"), encoder));
  }

  @Override
  public Map<String, Object> write(ModelSpec.Architecture architecture) {
    SwinUnetConfig unet = (SwinUnetConfig) architecture;
    Map<String, Object> keys = write(unet.encoder());
    keys.put("SKIPS", unet.scales());
    return keys;
  }

  @Override
  public int usualClasses(String dataset) {
    return SYNAPSE_CLASSES;
  }

  @Override
  public Model create(ModelSpec spec) {
    return new SwinUnet(spec);
  }

  @Override
  public List<ModelCost.Stage> costs(ModelSpec spec) {
    SwinUnetConfig unet = (SwinUnetConfig) spec.architecture();
    List<ModelCost.Stage> encoder = SwinCosts.stages(spec, unet.encoder(), SwinCosts.NORM_FIRST);
    return SwinUnetCosts.stages(spec, unet, encoder);
  }

  @Override
  protected String head() {
    return "output.";
  }

  /** Of its two scales below the bottleneck one has a skip connection. */
  @Override
  public Optional<ModelSpec> smallest() {
    SwinConfig encoder =
        new SwinConfig(
            2, 4, List.of(2, 1, 1), List.of(1, 2, 2), 2, 2, 2, true, null, true, true, 1e-5,
            WindowPolicy.TIMM);
    return Optional.of(
        new ModelSpec("small Swin-Unet", 8, 16, 3, 3, 0, 0, new SwinUnetConfig(encoder, List.of(1))));
  }

  @Override
  public InputStream configurations() {
    return SwinUnetFamily.class.getResourceAsStream("configurations.txt");
  }

  @Override
  public List<NameTable> nameTables() {
    return SwinUnetNames.tables();
  }

  @Override
  public ModelDescription recognise(
      StateShapes shapes, Dialect dialect, RecognitionHints hints, RecognitionNotes notes) {
    return new SwinUnetShapes(shapes, dialect, hints, notes).describe();
  }

  @Override
  public PositionResizing resizing(Dialect dialect) {
    return dialect.equals(DIALECT) ? PositionResizing.MICROSOFT : super.resizing(dialect);
  }

  @Override
  public Optional<PositionTable> positions(String path, long[] shape, ModelSpec spec) {
    SwinConfig encoder = ((SwinUnetConfig) spec.architecture()).encoder();
    return biases(path, shape, encoder, spec);
  }

  /** Its encoder is one. */
  @Override
  public boolean startsFrom(String family) {
    return family.equals(SwinFamily.TYPE);
  }

  /** Encoder and decoder from a Swin Transformer, the rest as it is. */
  @Override
  public LoadReport start(Model model, NamedWeights weights) {
    SwinUnetInitialization first = SwinUnetInitialization.fromSwin(weights.weights(), (SwinUnet) model);
    List<String> notFinite = new ArrayList<>();
    for (Parameter parameter : model.parameters()) {
      if (first.weights().contains(parameter.path())) {
        ModelWeights.fill(parameter, first.weights().get(parameter.path()), notFinite);
      }
    }
    return new LoadReport(
        weights.dialect(), first.encoder(), first.decoder(), List.of(), List.of(), first.missing(),
        first.unused(),
        first.mismatched(), weights.buffers(), notFinite);
  }

  /** Values from 0 to 1 of the whole picture. */
  @Override
  public InputConvention input(Dialect dialect, int rows, Set<String> parameters, String name) {
    return new InputConvention(new float[3], new float[] {1, 1, 1}, 1, true, "bicubic");
  }
}
