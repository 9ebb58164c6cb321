package org.swinengine.inference.segmentation;

import java.util.function.Function;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.segmentation.MaskedSource;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.GraphedForward;
import org.swinengine.inference.ModelInput;
import org.swinengine.models.Model;
import org.swinengine.nn.ForwardMode;

/**
 * Pictures whose batches bring their masks as labels, {@code [size, height, width]}.
 *
 * @param dataset the pictures
 * @param pipeline how they become inputs
 */
public record MaskedInput(SegmentationDataset dataset, ImagePipeline pipeline) implements ModelInput {
  @Override
  public BatchLoader loader(LoaderOptions options, EpochOrder order) {
    return new BatchLoader(dataset, new MaskedSource(dataset, pipeline), options, order);
  }

  @Override
  public Variable logits(Model model, Backend backend, Batch batch, ForwardMode mode) {
    return model.forward(images().upload(backend, batch), mode);
  }

  @Override
  public <R> R evaluate(GraphedForward forward, Batch batch, Function<Variable, R> use) {
    return images().evaluate(forward, batch, use);
  }

  private Images images() {
    return new Images(dataset, pipeline);
  }
}
