package org.swinengine.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.swinengine.data.RawImage;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.explain.HeatMap;
import org.swinengine.inference.explain.HeatMapMethod;
import org.swinengine.inference.explain.HeatOverlay;

/** Heat maps of a measurement's worst mistakes. */
public final class HeatPictures {
  /** A model that tells where its answers come from. */
  @FunctionalInterface
  public interface Source {
    /** The heat map of a picture of any size, for a class. */
    HeatMap of(RawImage picture, HeatMapMethod method, int classNumber);
  }

  private HeatPictures() {}

  /**
   * Computes them, of the class that was taken for the true one.
   *
   * @param samples of a measurement; right ones are passed over
   * @param most mistakes, the first ones
   * @param cancelled asked before each; true leaves out the rest
   * @throws IOException if a picture cannot be read
   */
  public static List<HeatPicture> of(
      List<Evaluation.Sample> samples, Source model, Preprocessing preprocessing, int most,
      BooleanSupplier cancelled)
      throws IOException {
    List<HeatPicture> result = new ArrayList<>();
    for (Evaluation.Sample sample : samples) {
      if (sample.isRight() || result.size() == most) {
        continue;
      }
      if (cancelled.getAsBoolean()) {
        break;
      }
      RawImage picture = sample.picture().load();
      RawImage shown = Thumbnail.fitted(picture);
      List<Thumbnail> maps = new ArrayList<>();
      for (HeatMapMethod method : List.of(HeatMapMethod.GRADCAM, HeatMapMethod.ROLLOUT)) {
        HeatMap heat = model.of(picture, method, sample.predicted());
        maps.add(Thumbnail.of(HeatOverlay.draw(shown, heat, preprocessing)));
      }
      result.add(new HeatPicture(sample.name(), sample.predicted(), maps.get(0), maps.get(1)));
    }
    return result;
  }
}
