package org.swinengine.pretrained;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A web server on this machine that answers as a test tells it. */
final class LocalServer implements AutoCloseable {
  /** How a request is answered. */
  interface Reply {
    void send(HttpExchange exchange) throws IOException;
  }

  /** What was asked. */
  record Request(String path, Map<String, String> headers) {
    String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, Deque<Reply>> replies = new HashMap<>();
  final List<Request> requests = Collections.synchronizedList(new ArrayList<>());

  LocalServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  private void handle(HttpExchange exchange) throws IOException {
    Map<String, String> headers = new HashMap<>();
    exchange.getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
    String path = exchange.getRequestURI().toString();
    requests.add(new Request(path, headers));
    Reply reply;
    synchronized (replies) {
      Deque<Reply> script = replies.get(path);
      reply = script == null ? status(404) : script.size() > 1 ? script.removeFirst() : script.getFirst();
    }
    try {
      reply.send(exchange);
    } finally {
      exchange.close();
    }
  }

  /** Answers a path with one reply after the other; the last one again and again. */
  LocalServer on(String path, Reply... script) {
    synchronized (replies) {
      replies.put(path, new ArrayDeque<>(List.of(script)));
    }
    return this;
  }

  URI uri(String path) {
    return URI.create("http://" + host() + path);
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** A whole file; a range of it if that is asked for and the version is the same. */
  static Reply file(byte[] bytes, String etag) {
    return exchange -> {
      exchange.getResponseHeaders().set("ETag", etag);
      String range = exchange.getRequestHeaders().getFirst("Range");
      boolean same = etag.equals(exchange.getRequestHeaders().getFirst("If-Range"));
      if (range == null || !same) {
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        return;
      }
      int from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
      exchange.getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
      exchange.sendResponseHeaders(206, bytes.length - from);
      exchange.getResponseBody().write(bytes, from, bytes.length - from);
    };
  }

  /** The beginning of a file; then the connection breaks. */
  static Reply cut(byte[] bytes, int after, String etag) {
    return exchange -> {
      if (etag != null) {
        exchange.getResponseHeaders().set("ETag", etag);
      }
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes, 0, after);
      exchange.getResponseBody().flush();
    };
  }

  /** The beginning of a file; then silence. */
  Reply silent(byte[] bytes, int after, String etag) {
    return exchange -> {
      cut(bytes, after, etag).send(exchange);
      await();
    };
  }

  /**
   * That so many bytes will come; then silence. Were the connection closed instead, the JDK's client would
   * sometimes see its end before the head, and a broken connection is rightly tried again.
   */
  Reply headAlone(long length) {
    return exchange -> {
      exchange.sendResponseHeaders(200, length);
      await();
    };
  }

  /** No answer at all. */
  Reply mute() {
    return exchange -> await();
  }

  private void await() {
    try {
      closing.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static Reply status(int status) {
    return exchange -> exchange.sendResponseHeaders(status, -1);
  }

  static Reply redirect(String location) {
    return exchange -> {
      exchange.getResponseHeaders().set("Location", location);
      exchange.sendResponseHeaders(302, -1);
    };
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
