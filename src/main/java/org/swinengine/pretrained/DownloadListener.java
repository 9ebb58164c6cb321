package org.swinengine.pretrained;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** Is told how a download gets on. */
public interface DownloadListener {
  /** Says nothing to anybody. */
  DownloadListener NONE = new DownloadListener() {};

  /**
   * Bytes begin to come.
   *
   * @param from where they come from
   * @param name of the file
   * @param present bytes that an earlier attempt left
   * @param total bytes of the whole file; -1: the server does not say
   */
  default void started(URI from, String name, long present, long total) {}

  /** So many bytes of the file are there. */
  default void progressed(long present) {}

  /** The connection broke or the server has a trouble of its own; it is tried again after a pause. */
  default void retrying(String reason, Duration pause) {}

  /** Another process downloads the same file. */
  default void waiting(Path file) {}

  /** The file is complete and in its place. */
  default void finished(Path file) {}

  /** It did not work, or not yet. */
  default void interrupted() {}
}
