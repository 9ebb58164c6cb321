package org.swinengine.pretrained;

import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, as it comes. Unlike the JDK's input stream it notices a server that has fallen
 * silent. One piece is asked for at a time, so that a fast server fills no memory.
 */
final class TimedBody implements BodySubscriber<TimedBody>, Closeable {
  private static final Object END = new Object();

  private final Duration stall;
  private final BlockingQueue<Object> pieces = new LinkedBlockingQueue<>();
  private volatile @Nullable Subscription subscription;
  private volatile boolean closed;

  /**
   * @param stall longest silence
   */
  TimedBody(Duration stall) {
    this.stall = stall;
  }

  @Override
  public CompletionStage<TimedBody> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Subscription source) {
    subscription = source;
    if (closed) {
      source.cancel();
    } else {
      source.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> piece) {
    pieces.add(piece);
  }

  @Override
  public void onError(Throwable e) {
    pieces.add(e);
  }

  @Override
  public void onComplete() {
    pieces.add(END);
  }

  /**
   * The next bytes; null at the end.
   *
   * @throws IOException if the connection broke or nothing has come for too long
   */
  @SuppressWarnings("unchecked") // only lists of buffers are put in
  @Nullable
  List<ByteBuffer> next() throws IOException {
    Object piece;
    try {
      piece = pieces.poll(stall.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw HttpTransport.interrupted();
    }
    if (piece == null) {
      throw new HttpTimeoutException("no data have come for " + stall.toMillis() / 1000.0 + " s");
    }
    if (piece == END) {
      return null;
    }
    if (piece instanceof Throwable e) {
      throw new IOException("the connection broke (" + e.getMessage() + ")", e);
    }
    Objects.requireNonNull(subscription).request(1);
    return (List<ByteBuffer>) piece;
  }

  @Override
  public void close() {
    closed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
