package org.swinengine.inference;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.PixelBatch;
import org.swinengine.data.Decoding;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.PictureNote;
import org.swinengine.data.RawImage;

/**
 * Reads any number of pictures as batches of a model's input: threads decode and prepare them ahead of the
 * model, and no more than two batches wait. The order is that in which they were named, and neither order nor
 * numbers depend on batch or threads. A picture that cannot be read is told to {@link Listener#unreadable}
 * and left out; all others are in some batch.
 *
 * <pre>{@code
 * try (PictureReader reader = PictureReader.of(pictures, model).batchSize(32).workers(4).start()) {
 *   for (PictureBatch batch = reader.next(); batch != null; batch = reader.next()) {
 *     List<Prediction> answers = model.predict(batch);
 *   }
 * }
 * }</pre>
 */
public final class PictureReader implements AutoCloseable {
  /** Hears what happens on the way. */
  public interface Listener {
    /** A picture is left out; told by the thread that asks for batches, in the pictures' order. */
    default void unreadable(Picture picture, IOException reason) {}

    /** A batch is given; told by the thread that asks for it. */
    default void given(PictureBatch batch) {}

    /** Something should be known of a picture; told by the thread that decodes. */
    default void note(Picture picture, PictureNote note) {}
  }

  /** How pictures are read. */
  public static final class Settings {
    private final Collection<Picture> pictures;
    private final Preprocessing preprocessing;
    private final boolean pixels;
    private int batchSize = 8;
    private int workers = 1;
    private Listener listener = new Listener() {};

    private Settings(Collection<Picture> pictures, Preprocessing preprocessing, boolean pixels) {
      this.pixels = pixels;
      this.pictures = pictures;
      this.preprocessing = preprocessing;
    }

    /** Pictures of a batch, at least 1; 8 unless said. */
    public Settings batchSize(int number) {
      if (number < 1) {
        throw new IllegalArgumentException("`batchSize` is " + number + ", but must be at least 1");
      }
      batchSize = number;
      return this;
    }

    /** Threads that decode and prepare; 0 does it in the thread that asks for batches; 1 unless said. */
    public Settings workers(int number) {
      if (number < 0) {
        throw new IllegalArgumentException("`workers` is " + number + ", but must be at least 0");
      }
      workers = number;
      return this;
    }

    /** Who hears of pictures that cannot be read; nobody unless said. */
    public Settings listener(Listener who) {
      listener = who;
      return this;
    }

    /** Begins to read. */
    public PictureReader start() {
      return new PictureReader(this);
    }
  }

  /** A picture's numbers, as floats or as pixels, or why there are none. */
  private record Read(
      Picture picture, float @Nullable [] input, byte @Nullable [] pixels, @Nullable IOException failure) {}

  private final Settings settings;
  private final ImagePipeline pipeline;
  private final Iterator<Picture> left;
  private final @Nullable ExecutorService threads;
  private final ArrayDeque<Future<Read>> ahead = new ArrayDeque<>();
  private final Queue<float[]> free = new ConcurrentLinkedQueue<>();

  /** Null where batches are of pixels. */
  private final float @Nullable [] batch;

  /** Null where batches are of floats. */
  private final byte @Nullable [] pixels;

  private final float @Nullable [] levels;

  private PictureReader(Settings settings) {
    this.settings = settings;
    pipeline = settings.preprocessing.pipeline();
    left = settings.pictures.iterator();
    int most = Math.max(1, Math.min(settings.batchSize, settings.pictures.size()));
    int all = Math.multiplyExact(most, pipeline.floatsPerImage());
    levels = settings.pixels ? pipeline.levels() : null;
    batch = levels == null ? new float[all] : null;
    pixels = levels == null ? null : new byte[all];
    threads = settings.workers == 0 ? null : pool(settings.workers);
  }

  /** Reads pictures as a model takes them. */
  public static Settings of(Collection<Picture> pictures, LoadedModel model) {
    return new Settings(pictures, model.preprocessing(), model.backend().prefersPixels());
  }

  /** Reads pictures. */
  public static Settings of(Collection<Picture> pictures, Preprocessing preprocessing) {
    return new Settings(pictures, preprocessing, false);
  }

  private static ExecutorService pool(int workers) {
    AtomicInteger number = new AtomicInteger();
    return Executors.newFixedThreadPool(
        workers,
        work -> {
          Thread thread = new Thread(work, "swin-pictures-" + number.getAndIncrement());
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * The next pictures that could be read, a whole batch unless they are the last.
   *
   * @return null when there are no more
   * @throws IOException when the thread is interrupted
   */
  public @Nullable PictureBatch next() throws IOException {
    List<Picture> pictures = new ArrayList<>();
    int floats = pipeline.floatsPerImage();
    while (pictures.size() < settings.batchSize) {
      goAhead();
      Future<Read> first = ahead.poll();
      if (first == null) {
        break;
      }
      Read read = await(first);
      if (read.failure() != null && isForMemory(read.failure())) {
        read = readAlone(read.picture());
      }
      if (read.pixels() != null) {
        System.arraycopy(
            read.pixels(), 0, Objects.requireNonNull(pixels), pictures.size() * floats, floats);
        pictures.add(read.picture());
      } else if (read.input() != null) {
        System.arraycopy(
            read.input(), 0, Objects.requireNonNull(batch), pictures.size() * floats, floats);
        free.add(read.input());
        pictures.add(read.picture());
      } else if (read.failure() != null) {
        settings.listener.unreadable(read.picture(), read.failure());
      }
    }
    if (pictures.isEmpty()) {
      return null;
    }
    PictureBatch given = given(pictures, pictures.size() * floats);
    settings.listener.given(given);
    return given;
  }

  private PictureBatch given(List<Picture> pictures, int used) {
    if (pixels != null && levels != null) {
      return new PictureBatch(
          pictures,
          new PixelBatch(
              pixels, pictures.size(), pipeline.channels(), pipeline.height(), pipeline.width(), levels,
              null));
    }
    float[] all = Objects.requireNonNull(batch);
    return new PictureBatch(pictures, used == all.length ? all : Arrays.copyOf(all, used));
  }

  /** Hands out work while less than two batches wait. */
  private void goAhead() {
    int most = threads == null ? 1 : 2 * settings.batchSize + settings.workers;
    while (ahead.size() < most && left.hasNext()) {
      Picture picture = left.next();
      FutureTask<Read> task = new FutureTask<>(() -> read(picture));
      ahead.add(task);
      if (threads == null) {
        task.run();
      } else {
        threads.execute(task);
      }
    }
  }

  private Read read(Picture picture) {
    try {
      Decoding how =
          settings.preprocessing.decoding()
              .withNotes(note -> settings.listener.note(picture, note));
      RawImage image = picture.decode(how);
      if (pixels != null) {
        return new Read(picture, null, pipeline.pixels(image, 0, 0, 0), null);
      }
      float[] used = free.poll();
      float[] input = used == null ? new float[pipeline.floatsPerImage()] : used;
      pipeline.run(image, 0, 0, 0, input, 0);
      return new Read(picture, input, null, null);
    } catch (IOException e) {
      return new Read(picture, null, null, e);
    }
  }

  private static boolean isForMemory(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof OutOfMemoryError) {
        return true;
      }
    }
    return false;
  }

  /** Whether a large picture can be read must not depend on which others are read at the same time. */
  private Read readAlone(Picture picture) throws IOException {
    for (Future<Read> other : ahead) {
      await(other);
    }
    return read(picture);
  }

  private static Read await(Future<Read> picture) throws IOException {
    try {
      return picture.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a picture");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  /** Gives up what has not been read. */
  @Override
  public void close() {
    if (threads != null) {
      threads.shutdownNow();
    }
  }
}
