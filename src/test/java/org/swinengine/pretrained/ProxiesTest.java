package org.swinengine.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProxiesTest {
  private static String proxy(Map<String, String> environment, String uri) {
    return new Proxies(environment).proxy(URI.create(uri)).map(URI::toString).orElse("none");
  }

  @Test
  void theVariableOfTheSchemeDecides() {
    Map<String, String> both = Map.of("HTTPS_PROXY", "http://s:1", "http_proxy", "p:2", "ALL_PROXY",
        "http://all:3");
    assertEquals("http://s:1", proxy(both, "https://host/x"));
    assertEquals("http://p:2", proxy(both, "http://host/x"));
    assertEquals("http://all:3", proxy(Map.of("all_proxy", "http://all:3", "HTTPS_PROXY", " "),
        "https://host/x"));
    assertEquals("none", proxy(Map.of(), "https://host/x"));
  }

  @Test
  void exceptionsAreHostsAndDomains() {
    Map<String, String> some =
        Map.of("HTTPS_PROXY", "http://p:1", "NO_PROXY",
            "localhost,.corp.example, *.lan 10.0.0.1,hub.org:8443");
    for (String direct : new String[] {"localhost", "a.corp.example", "CORP.example", "x.lan", "10.0.0.1",
      "hub.org:8443"}) {
      assertEquals("none", proxy(some, "https://" + direct + "/x"), direct);
    }
    for (String through : new String[] {"notcorp.example", "10.0.0.11", "hub.org", "lan.example"}) {
      assertEquals("http://p:1", proxy(some, "https://" + through + "/x"), through);
    }
    assertEquals("none", proxy(Map.of("HTTPS_PROXY", "http://p:1", "no_proxy", "*"), "https://host/x"));
  }

  @Test
  void aWrongVariableIsToldWithoutItsPassword() {
    PretrainedException e =
        assertThrows(
            PretrainedException.class,
            () -> proxy(Map.of("HTTPS_PROXY", "socks5://me:secret@p:1"), "https://host/x"));
    assertFalse(e.getMessage().contains("secret"));
  }
}
