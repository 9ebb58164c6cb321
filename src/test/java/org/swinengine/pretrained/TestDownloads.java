package org.swinengine.pretrained;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A downloader that loses no time, and tells why it tries again. */
final class TestDownloads {
  private TestDownloads() {}

  /**
   * @param retries receives the reasons of further attempts
   */
  static Downloader downloader(HttpTransport.Timeouts timeouts, boolean offline, List<String> retries) {
    DownloadListener listener =
        new DownloadListener() {
          @Override
          public void retrying(String reason, Duration pause) {
            retries.add(reason);
          }
        };
    return new Downloader(
        new HttpTransport(new Proxies(Map.of()), timeouts),
        new Downloader.Patience(3, Duration.ofMillis(5)),
        offline,
        listener);
  }
}
