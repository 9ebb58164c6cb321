package org.swinengine.dashboard;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.RegularFile;

/**
 * Answers requests: a few fixed names, by {@code GET}, for whoever has asked for this server by an address or
 * by the name that the user gave. A page from elsewhere that has let its own name point here (DNS rebinding)
 * is refused by that name.
 */
final class Routes implements HttpHandler {
  /** A page and what it is made of: nothing from elsewhere, nothing written into it. */
  private static final String OWN =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** The report is one file with all in it; it has no origin, so that it can ask nothing of this one. */
  private static final String REPORT =
      "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; script-src 'unsafe-inline';"
          + " style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String HTML = "text/html; charset=utf-8";

  /** Names are a browser's to look up, addresses are not: they lead where they say. */
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+\\]");

  private static final long MOST_REPORT_BYTES = 256L << 20;

  /** What a client has been shown. */
  enum Shown {
    STATE,
    /** The state, of a run that has ended. */
    END,
    REPORT,
    OTHER
  }

  /** Is told what clients have been shown, when it is on its way. */
  @FunctionalInterface
  interface Looks {
    void answered(Shown shown);
  }

  /** What is sent. */
  private record Answer(int status, String type, String policy, byte[] body, Shown shown) {
    private static Answer text(int status, String sentence) {
      return new Answer(status, TEXT, OWN, (sentence + "\n").getBytes(StandardCharsets.UTF_8), Shown.OTHER);
    }
  }

  private final RunState state;
  private final Looks looks;
  private final List<String> names;
  private final Map<String, Answer> files =
      Map.of(
          "/", file("dashboard.html", HTML),
          "/dashboard.css", file("dashboard.css", "text/css; charset=utf-8"),
          "/dashboard.js", file("dashboard.js", "text/javascript; charset=utf-8"),
          "/icon.svg", file("icon.svg", "image/svg+xml"));

  /**
   * @param host as the user gave it
   * @param looks is told what was shown, each time
   */
  Routes(RunState state, String host, Looks looks) {
    this.state = state;
    this.looks = looks;
    names = List.of("localhost", host);
  }

  private static Answer file(String name, String type) {
    try (InputStream in = Routes.class.getResourceAsStream(name)) {
      return new Answer(200, type, OWN, Objects.requireNonNull(in, name).readAllBytes(), Shown.OTHER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    Answer answer = answer(exchange);
    try (exchange) {
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Type", answer.type());
      headers.set("Content-Security-Policy", answer.policy());
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("X-Frame-Options", "DENY");
      headers.set("Referrer-Policy", "no-referrer");
      headers.set("Cross-Origin-Resource-Policy", "same-origin");
      headers.set("Cross-Origin-Opener-Policy", "same-origin");
      headers.set("Cache-Control", "no-store");
      if (answer.status() == 405) {
        headers.set("Allow", "GET");
      }
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(answer.status(), -1);
        return;
      }
      exchange.sendResponseHeaders(answer.status(), answer.body().length);
      exchange.getResponseBody().write(answer.body());
    }
    // Only now: whoever waits for the last look ends the server.
    looks.answered(answer.shown());
  }

  private Answer answer(HttpExchange exchange) {
    if (!isOurs(exchange.getRequestHeaders())) {
      return Answer.text(403, "This server answers to its address and to localhost, not to this name.");
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      return Answer.text(405, "This server is only to be read: GET.");
    }
    String path = exchange.getRequestURI().getRawPath();
    Answer file = path == null ? null : files.get(path);
    if (file != null) {
      return file;
    }
    if ("/state.json".equals(path)) {
      Shown shown = state.isOver() ? Shown.END : Shown.STATE;
      byte[] json = state.toJson().getBytes(StandardCharsets.UTF_8);
      return new Answer(200, "application/json", OWN, json, shown);
    }
    Answer report = "/report.html".equals(path) ? report() : null;
    return report != null ? report : Answer.text(404, "There is nothing here; the page is at /.");
  }

  private @Nullable Answer report() {
    Path folder = state.folder();
    if (folder == null) {
      return null;
    }
    Path file = folder.resolve(Dashboard.REPORT);
    try {
      if (Files.size(RegularFile.require(file)) > MOST_REPORT_BYTES) {
        return null;
      }
      return new Answer(200, HTML, REPORT, Files.readAllBytes(file), Shown.REPORT);
    } catch (IOException e) {
      return null;
    }
  }

  /** A port says nothing about who asks, and a tunnel has another one. */
  private boolean isOurs(Headers headers) {
    List<String> hosts = headers.getOrDefault("Host", List.of());
    if (hosts.size() != 1) {
      return false;
    }
    String host = hosts.get(0).toLowerCase(Locale.ROOT).replaceFirst(":\\d{1,5}$", "");
    return names.contains(host) || ADDRESS.matcher(host).matches();
  }
}
