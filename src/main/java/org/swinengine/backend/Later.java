package org.swinengine.backend;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that a device was asked for and that may still be on its way. Whoever asks for it late does not
 * wait. It serves one thread.
 *
 * @param <T> what it is
 */
public final class Later<T> {
  /** Null when it is there. */
  private @Nullable Supplier<? extends T> source;

  private @Nullable T value;

  private Later(@Nullable Supplier<? extends T> source, @Nullable T value) {
    this.source = source;
    this.value = value;
  }

  /** What is there already. */
  public static <T> Later<T> now(T value) {
    return new Later<>(null, value);
  }

  /**
   * What takes a while.
   *
   * @param source waits for it; called once, when it is first asked for
   */
  public static <T> Later<T> of(Supplier<? extends T> source) {
    return new Later<>(source, null);
  }

  /** Whether asking costs nothing: it was there from the beginning, or has been asked for. */
  public boolean isThere() {
    return source == null;
  }

  /** Waits for it where it is not there yet. */
  public T get() {
    if (source != null) {
      value = source.get();
      source = null;
    }
    return Objects.requireNonNull(value);
  }

  /** What is made of it: at once where it is there, else when it is first asked for. */
  public <R> Later<R> map(Function<? super T, ? extends R> then) {
    return isThere() ? now(then.apply(get())) : of(() -> then.apply(get()));
  }
}
