package org.swinengine.inference;

import java.util.function.Function;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.PixelBatch;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.LoaderOptions;
import org.swinengine.models.Model;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** What a model reads: a data set's images, or the features that were computed from them. */
public interface ModelInput {
  /** A loader of such batches. */
  default BatchLoader loader(LoaderOptions options) {
    return loader(options, options.shuffle() ? EpochOrder.SHUFFLED : EpochOrder.LISTED);
  }

  /** A loader of such batches, which has the samples in another order than {@code options} say. */
  BatchLoader loader(LoaderOptions options, EpochOrder order);

  /** The logits of a batch of {@link #loader}. */
  Variable logits(Model model, Backend backend, Batch batch, ForwardMode mode);

  /**
   * What follows from the logits of a batch of {@link #loader}, without random decisions and a tape.
   *
   * @param use of the logits, which are not to be kept; not null
   */
  default <R> R evaluate(GraphedForward forward, Batch batch, Function<Variable, R> use) {
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      return use.apply(logits(forward.model(), forward.backend(), batch, ForwardMode.EVALUATION));
    }
  }

  /** Images. */
  record Images(Dataset dataset, ImagePipeline pipeline) implements ModelInput {
    @Override
    public BatchLoader loader(LoaderOptions options, EpochOrder order) {
      return new BatchLoader(dataset, pipeline, options, order);
    }

    @Override
    public Variable logits(Model model, Backend backend, Batch batch, ForwardMode mode) {
      return model.forward(upload(backend, batch), mode);
    }

    @Override
    public <R> R evaluate(GraphedForward forward, Batch batch, Function<Variable, R> use) {
      PixelBatch pixels = batch.pixels();
      return pixels != null ? forward.apply(pixels, use) : forward.apply(batch.images(), shape(batch), use);
    }

    private Shape shape(Batch batch) {
      return Shape.of(batch.size(), pipeline.channels(), pipeline.height(), pipeline.width());
    }

    /** The batch on the device. */
    public Variable upload(Backend backend, Batch batch) {
      Tensor images = Tensor.empty(backend, shape(batch));
      PixelBatch pixels = batch.pixels();
      if (pixels != null) {
        backend.memory().uploadPixels(pixels, images);
      } else {
        backend.memory().upload(batch.images(), 0, images, Math.toIntExact(images.elements()));
      }
      return Variable.constant(images);
    }
  }
}
