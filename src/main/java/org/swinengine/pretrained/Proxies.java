package org.swinengine.pretrained;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Proxies as other programs take them: Java's properties ({@code https.proxyHost} …) where one is set, else
 * the variables {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY}, in small
 * letters or capitals.
 */
final class Proxies {
  private static final List<String> PROPERTIES =
      List.of("http.proxyHost", "https.proxyHost", "socksProxyHost", "java.net.useSystemProxies");
  private static final String BASIC_TUNNELS = "jdk.http.auth.tunneling.disabledSchemes";

  private final Map<String, String> environment;

  Proxies(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The proxy for each address. */
  ProxySelector selector() {
    if (PROPERTIES.stream().anyMatch(name -> System.getProperty(name) != null)) {
      return ProxySelector.getDefault();
    }
    return new ProxySelector() {
      @Override
      public List<Proxy> select(URI uri) {
        return List.of(proxy(uri).map(Proxies::http).orElse(Proxy.NO_PROXY));
      }

      @Override
      public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // There is no second proxy to try.
      }
    };
  }

  private static Proxy http(URI proxy) {
    int port = proxy.getPort() >= 0 ? proxy.getPort() : "https".equals(proxy.getScheme()) ? 443 : 80;
    return new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port));
  }

  /** The proxy that the environment names for an address. */
  Optional<URI> proxy(URI uri) {
    if (isExcepted(uri)) {
      return Optional.empty();
    }
    String own = variable(uri.getScheme().toUpperCase(Locale.ROOT) + "_PROXY");
    String value = own != null ? own : variable("ALL_PROXY");
    return value == null ? Optional.empty() : Optional.of(parse(value));
  }

  private static URI parse(String value) {
    try {
      URI uri = URI.create(value.contains("://") ? value : "http://" + value);
      if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Told below, without the value: it may hold a password.
    }
    throw new PretrainedException(
        "the proxy of the environment (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) must be like http://host:port;"
            + " for a SOCKS proxy give Java -DsocksProxyHost=… -DsocksProxyPort=…");
  }

  private boolean isExcepted(URI uri) {
    String exceptions = variable("NO_PROXY");
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    return exceptions != null
        && Arrays.stream(exceptions.toLowerCase(Locale.ROOT).split("[\\s,]+"))
            .filter(entry -> !entry.isEmpty())
            .anyMatch(entry -> isExcepted(host, uri.getPort(), entry));
  }

  /** An entry is {@code *}, a host or a domain, with or without a first dot, perhaps with a port. */
  private static boolean isExcepted(String host, int port, String entry) {
    int colon = entry.indexOf(':') == entry.lastIndexOf(':') ? entry.indexOf(':') : -1;
    String name = (colon < 0 ? entry : entry.substring(0, colon)).replaceFirst("^\\*?\\.", "");
    boolean samePort = colon < 0 || entry.substring(colon + 1).equals(Integer.toString(port));
    return entry.equals("*") || samePort && (host.equals(name) || host.endsWith("." + name));
  }

  private @Nullable String variable(String name) {
    String small = environment.get(name.toLowerCase(Locale.ROOT));
    String value = small != null ? small : environment.get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  /** Answers a proxy that wants the name and password of the variable. */
  Optional<Authenticator> authenticator() {
    boolean any =
        List.of("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY").stream()
            .map(this::variable)
            .anyMatch(value -> value != null && value.contains("@"));
    if (!any) {
      return Optional.empty();
    }
    if (System.getProperty(BASIC_TUNNELS) == null) {
      // The JDK would not send a password to a proxy of an https address; whoever put it into HTTPS_PROXY
      // wants that.
      System.setProperty(BASIC_TUNNELS, "");
    }
    return Optional.of(
        new Authenticator() {
          @Override
          protected @Nullable PasswordAuthentication getPasswordAuthentication() {
            return getRequestorType() == RequestorType.PROXY
                ? password(getRequestingHost(), getRequestingPort())
                : null;
          }
        });
  }

  private @Nullable PasswordAuthentication password(String host, int port) {
    for (String name : List.of("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")) {
      String value = variable(name);
      URI uri = value == null ? null : parse(value);
      if (uri == null) {
        continue;
      }
      boolean same = uri.getHost().equals(host) && (uri.getPort() < 0 || uri.getPort() == port);
      if (same && uri.getRawUserInfo() != null) {
        String[] parts = uri.getRawUserInfo().split(":", 2);
        String password = parts.length == 2 ? decode(parts[1]) : "";
        return new PasswordAuthentication(decode(parts[0]), password.toCharArray());
      }
    }
    return null;
  }

  private static String decode(String part) {
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
