package org.swinengine.pretrained;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * GET over https and http. Redirects are followed here, not by the JDK's client, because a token must not go
 * on to another server, https must not become http, and the Hugging Face Hub tells the checksum only in its
 * redirect.
 */
final class HttpTransport {
  private static final int MOST_REDIRECTS = 10;

  /**
   * How long to wait.
   *
   * @param connect for a connection
   * @param answer for the head of the answer
   * @param stall for the next bytes of the body
   * @param crawl for {@link #CRAWL_BYTES} of it: a server may otherwise hold a download for ever, byte by
   *     byte
   */
  record Timeouts(Duration connect, Duration answer, Duration stall, Duration crawl) {
    static final int CRAWL_BYTES = 1 << 16;
    static final Timeouts USUAL =
        new Timeouts(Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofSeconds(60),
            Duration.ofMinutes(5));
  }

  /**
   * An answer that is no redirect.
   *
   * @param uri that answered
   * @param redirects the headers of the redirects that led there, names in lower case, the first of each kept
   */
  record Answer(URI uri, HttpResponse<TimedBody> response, Map<String, String> redirects)
      implements AutoCloseable {
    int status() {
      return response.statusCode();
    }

    /**
     * The length of the body that the header tells, in bytes; -1 if it does not, or not in a number that can
     * be.
     */
    long length() {
      String text = header("Content-Length");
      return text != null && text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }

    /** Whether the end of the connection is all that tells where the body ends, broken or not. */
    boolean endsAnywhere() {
      return length() < 0 && header("Transfer-Encoding") == null && header("Content-Range") == null;
    }

    /** A header's value; null if there is none. */
    @Nullable
    String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    @Override
    public void close() {
      response.body().close();
    }
  }

  private final Proxies proxies;
  private final Timeouts timeouts;
  private @Nullable HttpClient client;

  Timeouts timeouts() {
    return timeouts;
  }

  /**
   * @param proxies the environment's proxies
   */
  HttpTransport(Proxies proxies, Timeouts timeouts) {
    this.proxies = proxies;
    this.timeouts = timeouts;
  }

  /**
   * Made for the first request: TLS alone takes a fifth of a second, which a file that is here need not wait
   * for.
   */
  private synchronized HttpClient client() {
    if (client == null) {
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(timeouts.connect())
              .proxy(proxies.selector());
      proxies.authenticator().ifPresent(builder::authenticator);
      client = builder.build();
    }
    return client;
  }

  /**
   * Sends a request and follows redirects.
   *
   * @param token for the first server alone; null: none
   * @throws IOException if there is no answer
   * @throws PretrainedException if the redirects lead nowhere
   */
  Answer get(URI uri, Map<String, String> headers, @Nullable String token) throws IOException {
    Map<String, String> redirects = new LinkedHashMap<>();
    URI at = uri;
    for (int i = 0; i <= MOST_REDIRECTS; i++) {
      HttpRequest.Builder request = HttpRequest.newBuilder(at).GET();
      headers.forEach(request::header);
      if (token != null && sameServer(uri, at)) {
        request.header("Authorization", "Bearer " + token);
      }
      Answer answer = new Answer(at, send(request.build()), redirects);
      if (!isRedirect(answer.status())) {
        return answer;
      }
      answer.close();
      answer.response().headers().map().forEach(
          (name, values) -> redirects.putIfAbsent(name.toLowerCase(Locale.ROOT), values.get(0)));
      at = next(at, answer.header("Location"));
    }
    throw new PretrainedException(
        uri + " leads to another address more than " + MOST_REDIRECTS + " times; the address is wrong");
  }

  private HttpResponse<TimedBody> send(HttpRequest request) throws IOException {
    // Not HttpRequest.timeout: from JDK 26 on it would also end a long body.
    CompletableFuture<HttpResponse<TimedBody>> future =
        client().sendAsync(request, head -> new TimedBody(timeouts.stall()));
    try {
      return future.get(timeouts.answer().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      future.cancel(true);
      throw new HttpTimeoutException(
          request.uri().getHost() + " has not answered for " + timeouts.answer().toMillis() / 1000.0 + " s");
    } catch (InterruptedException e) {
      future.cancel(true);
      throw interrupted();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException known) {
        throw known;
      }
      throw new IOException(cause == null ? e.toString() : String.valueOf(cause.getMessage()), cause);
    }
  }

  private static boolean isRedirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  private static URI next(URI at, @Nullable String location) {
    URI next;
    try {
      next = at.resolve(Objects.requireNonNull(location, "no Location"));
    } catch (RuntimeException e) {
      throw new PretrainedException(at + " leads to an address that is none: " + location, e);
    }
    boolean secure = "https".equalsIgnoreCase(next.getScheme());
    boolean plain = "http".equalsIgnoreCase(next.getScheme()) && !"https".equalsIgnoreCase(at.getScheme());
    if (!secure && !plain || next.getHost() == null || !hasPossiblePort(next)) {
      throw new PretrainedException(
          at + " leads to " + next + ", which is not followed: from https only to https, else to https"
              + " or http");
    }
    return next;
  }

  /** Whether an address names no port, or one that there is. */
  static boolean hasPossiblePort(URI uri) {
    return uri.getPort() < 0 || uri.getPort() > 0 && uri.getPort() < 1 << 16;
  }

  /** Whether two addresses have the same scheme, host and port. */
  static boolean sameServer(URI a, URI b) {
    return Objects.equals(server(a), server(b));
  }

  private static String server(URI uri) {
    boolean secure = "https".equalsIgnoreCase(uri.getScheme());
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
    return secure + " " + uri.getHost().toLowerCase(Locale.ROOT) + " " + port;
  }

  /** For a thread that was told to stop. */
  static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("the download was interrupted; the same command goes on with it");
  }
}
