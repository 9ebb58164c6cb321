package org.swinengine.cli;

import java.nio.file.Path;
import org.swinengine.backend.Backend;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.LoadedModel;
import picocli.CommandLine.Mixin;

/** A model that is asked about pictures: which ones, its weights, how pictures are prepared, and where. */
final class AskedModel {
  @Mixin
  private ReadingOptions reading;
  @Mixin
  private WeightsOptions weights;
  @Mixin
  private PreprocessingOptions input;
  @Mixin
  private DeviceOptions device;

  /** The pictures. */
  ReadingOptions reading() {
    return reading;
  }

  /** The file of its weights. */
  Path file() {
    return weights.file();
  }

  /** Where it computes; the error stream says so when that was a GPU that nobody named. */
  Backend openDevice() {
    return device.openAndSay();
  }

  /** Loads it, or all of several that are asked together. */
  Ensemble openAll(Backend backend) {
    return weights.openAll(input, backend);
  }

  /** Loads it for its features, so that it needs no head. */
  LoadedModel openForFeatures(Backend backend) {
    return weights.openForFeatures(input, backend);
  }
}
