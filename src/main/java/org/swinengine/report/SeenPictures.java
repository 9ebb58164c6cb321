package org.swinengine.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.Mixup;

/**
 * The first pictures that a model is shown in training, after all transforms and mixing. They are read for
 * it, by the same random numbers as in the run, which does not notice.
 */
public final class SeenPictures {
  private static final int MOST = 12;

  private SeenPictures() {}

  /**
   * Reads them: a dozen, and where images are mixed those that they are mixed with.
   *
   * @param pipeline that of training
   * @param order of the epochs' samples
   * @param batchSize images of a batch of the run
   * @param seed of the run
   * @param mixup what mixes the images of a batch; null: nothing does
   * @throws IOException if an image cannot be read
   */
  public static List<SeenPicture> of(
      Dataset data, ImagePipeline pipeline, EpochOrder order, int batchSize, long seed, @Nullable Mixup mixup)
      throws IOException {
    int size = Math.min(batchSize, data.size());
    int[] first = Arrays.copyOf(order.of(data.size(), seed, 0), size);
    EpochOrder shown = order;
    if (mixup == null) {
      size = Math.min(size, MOST);
    } else if (size > 2 * MOST && Arrays.stream(first).distinct().count() == size) {
      // Each is mixed with that at the other end of the batch: what lies between them is not needed. (Samples
      // that come again would get other random numbers.)
      shown = (all, number, epoch) -> ends(order.of(all, number, epoch), first.length);
      size = 2 * MOST;
    }
    LoaderOptions options = new LoaderOptions(size, true, false, seed, 0, 1);
    try (BatchLoader loader = new BatchLoader(data, pipeline, options, shown)) {
      loader.startEpoch(0, 0);
      Batch batch = loader.next();
      return batch == null ? List.of() : pictures(batch, data.classNames(), pipeline, seed, mixup);
    }
  }

  /** The order with the last samples of its first batch right behind the first ones. */
  private static int[] ends(int[] order, int batch) {
    int[] result = order.clone();
    int between = batch - 2 * MOST;
    System.arraycopy(order, batch - MOST, result, MOST, MOST);
    System.arraycopy(order, MOST, result, 2 * MOST, between);
    return result;
  }

  private static List<SeenPicture> pictures(
      Batch batch, List<String> classes, ImagePipeline pipeline, long seed, @Nullable Mixup mixup) {
    float[] targets =
        mixup == null ? null
            : mixup.apply(
                batch.images(), batch.labels(), batch.size(), pipeline.channels(), pipeline.height(),
                pipeline.width(), seed, batch.epoch(), batch.number());
    List<SeenPicture> pictures = new ArrayList<>();
    for (int i = 0; i < Math.min(MOST, batch.size()); i++) {
      List<SeenPicture.Label> labels = new ArrayList<>();
      int own = batch.labels()[i];
      int other = batch.labels()[batch.size() - 1 - i];
      if (mixup == null || targets == null || own == other) {
        labels.add(new SeenPicture.Label(classes.get(own), 1));
      } else {
        double smoothed = mixup.labelSmoothing();
        double off = smoothed / classes.size();
        for (int label : new int[] {own, other}) {
          double share = (targets[i * classes.size() + label] - off) / (1 - smoothed);
          if (share > 1e-4) {
            labels.add(new SeenPicture.Label(classes.get(label), Math.min(1, share)));
          }
        }
      }
      pictures.add(
          new SeenPicture(
              Thumbnail.small(ShownInput.of(batch.images(), i * pipeline.floatsPerImage(), pipeline)),
              labels));
    }
    return pictures;
  }
}
