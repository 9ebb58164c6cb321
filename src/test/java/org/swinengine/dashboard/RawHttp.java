package org.swinengine.dashboard;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sends what it is given, also what no client would send.
 *
 * @param headers names in lower case
 */
record RawHttp(int status, Map<String, String> headers, String body) {
  /** The header of a request to this machine, with a line for each of {@code more}. */
  static RawHttp ask(String url, String firstLine, String... more) throws IOException {
    URI place = URI.create(url);
    try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), place.getPort())) {
      socket.setSoTimeout(30_000);
      String text = firstLine + "\r\n" + String.join("\r\n", more) + (more.length > 0 ? "\r\n" : "")
          + "Connection: close\r\n\r\n";
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      return parse(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /** What a browser of this machine asks for. */
  static RawHttp get(String url, String path) throws IOException {
    return ask(url, "GET " + path + " HTTP/1.1", "Host: 127.0.0.1:" + URI.create(url).getPort());
  }

  private static RawHttp parse(String text) {
    int end = text.indexOf("\r\n\r\n");
    String[] lines = text.substring(0, end).split("\r\n");
    Map<String, String> headers = new TreeMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT), lines[i].substring(colon + 1).strip());
    }
    return new RawHttp(Integer.parseInt(lines[0].split(" ")[1]), headers, text.substring(end + 4));
  }
}
