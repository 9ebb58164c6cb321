package org.swinengine.dashboard;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a dashboard is served.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port from 0 to 65535; 0: any that is free
 */
public record DashboardAddress(String host, int port) {
  /** This machine alone. */
  public static final String LOOPBACK = "127.0.0.1";

  private static final Pattern TEXT =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)\\]:|([A-Za-z0-9._-]+):)?([0-9]{1,5})");

  /**
   * Reads {@code PORT}, {@code HOST:PORT} or {@code [IPv6]:PORT}; without a host it is this machine alone.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static DashboardAddress parse(String text) {
    Matcher parts = TEXT.matcher(text.strip());
    int port = parts.matches() ? Integer.parseInt(parts.group(3)) : -1;
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no port from 0 to 65535 and no HOST:PORT; 0 takes any port that is free");
    }
    String host = parts.group(1) != null ? parts.group(1) : parts.group(2);
    return new DashboardAddress(host == null ? LOOPBACK : host.toLowerCase(Locale.ROOT), port);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
