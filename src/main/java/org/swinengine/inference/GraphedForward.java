package org.swinengine.inference;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.DeviceOutOfMemoryError;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Recording;
import org.swinengine.models.Model;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * A model's way from images to logits, without random decisions and a tape. On a device that records ({@link
 * Backend#records}), the second pass over images of one shape is recorded, and the following ones are that
 * recording: the model's code does not run, and the host asks the device once where it would ask a hundred
 * times. The numbers are the same to the last bit.
 *
 * <p>A pass must depend on its images and the model's parameters alone, as those of all models here do. When
 * parameters change, the recordings end, and passes are recorded anew. Many threads may call; passes of one
 * shape that is recorded wait for each other.
 */
public final class GraphedForward implements AutoCloseable {
  /** Recordings of other shapes than the last few end: each keeps the memory of a whole pass. */
  static final int MOST_SHAPES = 4;

  private final Model model;
  private final Backend backend;
  private final List<Parameter> parameters;

  /** Of images of a shape that come in a type. */
  private record Kind(Shape shape, DType type) {}

  /** The one that was asked for last at the end. */
  private final Map<Kind, Pass> passes = new LinkedHashMap<>(8, 0.75f, true);

  /**
   * @param backend where the model's parameters are
   */
  public GraphedForward(Model model, Backend backend) {
    this.model = model;
    this.backend = backend;
    parameters = List.copyOf(model.parameters());
  }

  /** Of a model on the device of its parameters. */
  public static GraphedForward of(Model model) {
    return new GraphedForward(model, model.parameters().get(0).value().backend());
  }

  public Model model() {
    return model;
  }

  public Backend backend() {
    return backend;
  }

  /** Images of a batch, wherever they are. */
  private interface Images {
    Shape shape();

    /** On the device. */
    Tensor tensor();

    /** In which they are brought to a recording's place for them. */
    DType type();

    /** Puts them to a place on the device. */
    void copyTo(Tensor place);
  }

  private record HostImages(Backend backend, Shape shape, float[] values) implements Images {
    @Override
    public Tensor tensor() {
      Tensor place = Tensor.empty(backend, shape);
      copyTo(place);
      return place;
    }

    /** The device converts to half precision ten times as fast as the host. */
    @Override
    public DType type() {
      return backend.masterType();
    }

    @Override
    public void copyTo(Tensor place) {
      backend.memory().upload(values, 0, place, Math.toIntExact(shape.elements()));
    }
  }

  private record PixelImages(Backend backend, PixelBatch pixels) implements Images {
    @Override
    public Shape shape() {
      return Shape.of(pixels.images(), pixels.channels(), pixels.height(), pixels.width());
    }

    @Override
    public Tensor tensor() {
      Tensor place = Tensor.empty(backend, shape());
      copyTo(place);
      return place;
    }

    /** They are rounded once. */
    @Override
    public DType type() {
      return backend.computeType();
    }

    @Override
    public void copyTo(Tensor place) {
      backend.memory().uploadPixels(pixels, place);
    }
  }

  private record DeviceImages(Tensor tensor) implements Images {
    @Override
    public Shape shape() {
      return tensor.shape();
    }

    @Override
    public DType type() {
      return tensor.dtype();
    }

    @Override
    public void copyTo(Tensor place) {
      tensor.backend().memory().copy(tensor, place, place.elements());
    }
  }

  /**
   * What a pass in the usual way gave, which is as well what has made ready all that lasts: kernels,
   * weights in another form.
   *
   * @param version of the parameters
   */
  private record Result(Shape shape, DType type, long version) {}

  /** Passes over images of one shape. */
  private final class Pass {
    private final ReentrantLock lock = new ReentrantLock();

    /** Of the first pass, after which the next one is recorded. */
    private volatile @Nullable Result result;

    /** Whether recording was tried in vain, had to make room, or is no longer wanted. */
    private volatile boolean eager;

    // The rest belongs to the thread that has the lock.
    private @Nullable Recording recording;
    private @Nullable Tensor input;
    private @Nullable Tensor output;
    private long version;

    /**
     * What follows from the logits of a pass that is recorded or replayed.
     *
     * @return empty if it has to be made in the usual way
     */
    <R> Optional<R> apply(Images images, Function<Variable, R> use) {
      lock.lock();
      try {
        if (recording != null && version != version()) {
          end(); // its weights are others: passes begin anew
          result = null;
        }
        Tensor logits = recording == null ? recorded(images) : replayed(images);
        return logits == null ? Optional.empty() : Optional.of(used(logits, use));
      } finally {
        if (recording == null) {
          end();
        }
        lock.unlock();
      }
    }

    private @Nullable Tensor replayed(Images images) {
      images.copyTo(Objects.requireNonNull(input));
      if (Objects.requireNonNull(recording).replay()) {
        return output;
      }
      end();
      eager = true; // the device is short of memory
      return null;
    }

    private @Nullable Tensor recorded(Images images) {
      Result expected = result;
      version = version();
      if (eager || expected == null || expected.version() != version) {
        return null;
      }
      eager = true; // unless all goes well
      try (Scope scope = Scope.detached()) {
        Tensor from = Tensor.empty(backend, images.type(), images.shape());
        input = from;
        Tensor to = Tensor.empty(backend, expected.type(), expected.shape());
        output = to;
        images.copyTo(from);
        try {
          recording = backend.record(() -> forward(from, to)).orElse(null);
          eager = recording == null;
        } finally {
          if (version != version()) {
            discard(); // however it ended
          }
        }
        return to;
      } catch (DeviceOutOfMemoryError e) {
        return null; // there may be room without buffers of their own
      }
    }

    /**
     * Somebody has changed weights since the recording began. If it holds their conversion, that has not run
     * and is held for done.
     */
    private void discard() {
      if (recording != null) {
        recording.close();
        recording = null;
      }
      parameters.forEach(Parameter::touch);
      eager = false;
      result = null;
    }

    private void forward(Tensor from, Tensor to) {
      try (Scope scope = Scope.open();
          Tape.Pause pause = Tape.pause()) {
        Tensor images = from;
        if (from.dtype() != backend.computeType()) {
          images = Tensor.empty(backend, from.shape());
          backend.memory().copy(from, images, from.elements());
        }
        Tensor logits = model.forward(Variable.constant(images), ForwardMode.EVALUATION).value();
        backend.memory().copy(logits, to, to.elements());
      }
    }

    /** Gives the memory back. */
    private void end() {
      if (recording != null) {
        recording.close();
        recording = null;
      }
      if (input != null) {
        input.buffer().release();
        input = null;
      }
      if (output != null) {
        output.buffer().release();
        output = null;
      }
    }

    /** Gives the memory back for good. */
    void retire() {
      lock.lock();
      try {
        eager = true;
        end();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * What follows from the logits of images.
   *
   * @param images normalised, in row-major order; what follows the batch is not looked at
   * @param shape {@code [batch, channels, height, width]}
   * @param use of the logits as {@link Model#forward} gives them, which are not to be kept; not null
   */
  public <R> R apply(float[] images, Shape shape, Function<Variable, R> use) {
    ShapeException.check(
        images.length >= shape.elements(), model.spec().name(), "images of %s have %d numbers, not %d", shape,
        shape.elements(), images.length);
    return apply(new HostImages(backend, shape, images), use);
  }

  /** The same of pixels that the device makes floats of. */
  public <R> R apply(PixelBatch pixels, Function<Variable, R> use) {
    return apply(new PixelImages(backend, pixels), use);
  }

  /** The same of images on the device. */
  public <R> R apply(Tensor images, Function<Variable, R> use) {
    return apply(new DeviceImages(images), use);
  }

  private <R> R apply(Images images, Function<Variable, R> use) {
    // Under a tape operations compute as those that it records, with other roundings than an inference's.
    boolean records = backend.records() && !Tape.isOpen();
    Pass pass = records ? pass(new Kind(images.shape(), images.type())) : null;
    if (pass != null && pass.result != null && !pass.eager) {
      Optional<R> done = pass.apply(images, use);
      if (done.isPresent()) {
        return done.get();
      }
    }
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      long version = version();
      Variable logits = model.forward(Variable.constant(images.tensor()), ForwardMode.EVALUATION);
      if (pass != null) {
        pass.result = new Result(logits.shape(), logits.value().dtype(), version);
      }
      return use.apply(logits);
    }
  }

  private static <R> R used(Tensor logits, Function<Variable, R> use) {
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      return use.apply(Variable.constant(logits));
    }
  }

  private Pass pass(Kind kind) {
    List<Pass> others = new ArrayList<>();
    Pass pass;
    synchronized (passes) {
      pass = passes.computeIfAbsent(kind, k -> new Pass());
      for (Kind eldest = eldest(); passes.size() > MOST_SHAPES; eldest = eldest()) {
        others.add(Objects.requireNonNull(passes.remove(eldest)));
      }
    }
    others.forEach(Pass::retire); // may wait for one that is under way
    return pass;
  }

  private Kind eldest() {
    return passes.keySet().iterator().next();
  }

  /** Another number whenever a parameter has changed. */
  private long version() {
    long sum = 0;
    for (Parameter parameter : parameters) {
      sum += parameter.version();
    }
    return sum;
  }

  /** Ends the recordings. Passes that are asked for later may be recorded again. */
  @Override
  public void close() {
    List<Pass> all;
    synchronized (passes) {
      all = List.copyOf(passes.values());
      passes.clear();
    }
    all.forEach(Pass::retire);
  }
}
