package org.swinengine.pretrained;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.RegularFile;
import org.swinengine.weights.WeightFileException;
import org.swinengine.weights.WeightFiles;

/**
 * Downloads files so that a file that is in its place is complete and, where its checksum is known, right.
 * What a broken connection or Ctrl-C leaves is gone on with.
 */
final class Downloader {
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
  private static final Pattern SHA256 = Pattern.compile("\"?([0-9a-f]{64})\"?");

  /** So often it is asked whether the disk still has room, where nobody says how much will come. */
  private static final long LOOK_AT_SPACE = 1L << 26;

  /** What a download that does not say its length leaves free. */
  private static final long LEAVE_FREE = 1L << 28;

  /**
   * How stubborn to be. An attempt that brings bytes makes the count begin anew.
   *
   * @param attempts without success before giving up
   * @param pause after the first of them; twice as long after each further one
   */
  record Patience(int attempts, Duration pause) {
    static final Patience USUAL = new Patience(5, Duration.ofSeconds(1));
  }

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  private final HttpTransport http;
  private final Patience patience;
  private final boolean offline;
  private final DownloadListener listener;

  Downloader(HttpTransport http, Patience patience, boolean offline, DownloadListener listener) {
    this.http = http;
    this.patience = patience;
    this.offline = offline;
    this.listener = listener;
  }

  /** An attempt failed in a way that may pass. */
  private static final class TryAgain extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient @Nullable Duration asked;

    TryAgain(@Nullable String message, @Nullable Throwable cause, @Nullable Duration asked) {
      super(message, cause);
      this.asked = asked;
    }
  }

  boolean isOffline() {
    return offline;
  }

  /**
   * The file, downloaded unless it is there.
   *
   * @throws PretrainedException if it cannot be had; {@link PretrainedException#isAbsent} if the server has
   *     no such file
   */
  Path fetch(Download download) {
    Path target = download.target();
    if (Files.isRegularFile(target)) {
      return target;
    }
    if (offline) {
      throw new PretrainedException(
          download.uri() + " has not been downloaded yet, and `offline` forbids it; leave that out, "
              + download.byHand());
    }
    try {
      Files.createDirectories(target.toAbsolutePath().getParent());
      try (FileLatch latch = FileLatch.acquire(target, listener)) {
        if (!Files.isRegularFile(target)) {
          run(download);
          listener.finished(target);
        }
      }
      return target;
    } catch (InterruptedIOException e) {
      throw new PretrainedException(download.uri() + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new PretrainedException(
          "cannot write " + target + " (" + e.getClass().getSimpleName() + ": " + e.getMessage()
              + "); make room or choose another folder with `cacheFolder`",
          e);
    } finally {
      listener.interrupted();
    }
  }

  private void run(Download download) throws IOException {
    int failures = 0;
    long furthest = 0;
    boolean mayBeMixed = true;
    while (true) {
      try (PartFile part = PartFile.open(download.target(), download.uri())) {
        boolean resumed = part.length() > 0;
        furthest = Math.max(furthest, part.length());
        try {
          String sha256 = transfer(download, part);
          if (verify(download, part, sha256, resumed && mayBeMixed)) {
            part.complete();
            return;
          }
          mayBeMixed = false;
        } catch (TryAgain e) {
          // Not against this attempt's beginning: where nothing can be added to a part, each begins at
          // nothing.
          failures = part.length() > furthest ? 1 : failures + 1;
          furthest = Math.max(furthest, part.length());
          pause(download, e, failures, part.version() == null ? 0 : part.length());
        }
      }
    }
  }

  /** Waits before the next attempt, or gives up. */
  private void pause(Download download, TryAgain e, int failures, long present) throws IOException {
    if (isUntrusted(e.getCause())) {
      throw new PretrainedException(
          "cannot download " + download.uri() + ": the server's certificate is not trusted (" + e.getMessage()
              + "). Where a proxy of your organisation stands in between, give Java its certificate"
              + " (-Djavax.net.ssl.trustStore), " + download.byHand(),
          e.getCause());
    }
    boolean nobody = present == 0 && isUnreachable(e.getCause());
    if (nobody || failures >= patience.attempts()) {
      String kept = present > 0 ? ". The first " + ConsoleDownload.size(present)
          + " are kept and the same command goes on after them" : "";
      throw new PretrainedException(
          "cannot download " + download.uri() + ": " + e.getMessage() + kept + "; try again later, "
              + download.byHand(),
          e.getCause());
    }
    Duration wait = patience.pause().multipliedBy(1L << Math.min(failures - 1, 10));
    if (e.asked != null && e.asked.compareTo(wait) > 0) {
      wait = e.asked;
    }
    wait = wait.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wait;
    listener.retrying(String.valueOf(e.getMessage()), wait);
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException interruption) {
      throw HttpTransport.interrupted();
    }
  }

  /** Whether a connection failed on the server's certificate, which will be the same the next time. */
  private static boolean isUntrusted(@Nullable Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException
          || cause instanceof CertPathBuilderException
          || cause instanceof SSLPeerUnverifiedException) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUnreachable(@Nullable Throwable e) {
    return e instanceof UnknownHostException
        || e instanceof ConnectException
        || e instanceof HttpConnectTimeoutException;
  }

  /**
   * One attempt.
   *
   * @return the checksum that is to be expected; null if none is known
   */
  private @Nullable String transfer(Download download, PartFile part) throws IOException, TryAgain {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("User-Agent", "swin-engine");
    headers.put("Accept-Encoding", "identity");
    if (part.length() > 0) {
      headers.put("Range", "bytes=" + part.length() + "-");
      headers.put("If-Range", part.version());
    }
    HttpTransport.Answer answer;
    try {
      answer = http.get(download.uri(), headers, download.token());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new TryAgain(unreachable(download, e), e, null);
    }
    try (answer) {
      long total = begin(download, part, answer);
      receive(download, part, answer, total);
      String announced = hubChecksum(answer);
      String expected =
          download.sha256() != null ? download.sha256()
              : announced != null ? announced : download.namedSha256();
      if (expected == null && answer.endsAnywhere()) {
        requireWhole(download, part);
      }
      return expected;
    }
  }

  private static String unreachable(Download download, IOException e) {
    String host = download.uri().getHost();
    if (isUnresolved(e)) {
      return "there is no way to " + host + " (its name is not known here; is there a network, or a"
          + " proxy to be named in HTTPS_PROXY?)";
    }
    if (e instanceof HttpConnectTimeoutException) {
      return host + " does not answer (is there a proxy to be named in HTTPS_PROXY?)";
    }
    if (e instanceof ConnectException) {
      return "there is no way to " + host + " (connection refused or no network; is there a proxy to be"
          + " named in HTTPS_PROXY?)";
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private static boolean isUnresolved(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return true;
      }
    }
    return false;
  }

  /**
   * Checks the head of the answer and gets the part ready for its body. Returns the whole file's size, or -1.
   */
  private long begin(Download download, PartFile part, HttpTransport.Answer answer)
      throws IOException, TryAgain {
    int status = answer.status();
    if (status == 416) {
      part.restart(download.uri(), null);
      throw new TryAgain(download.uri() + " has become shorter; it is downloaded anew", null, null);
    }
    if (status != 200 && status != 206) {
      throw refusal(download, answer);
    }
    String type = answer.header("Content-Type");
    if (type != null && type.toLowerCase(Locale.ROOT).startsWith("text/html")) {
      throw new PretrainedException(
          download.uri() + " is a web page, not a weight file; give the address of the file itself");
    }
    String encoding = answer.header("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new PretrainedException(
          download.uri() + " comes compressed (" + encoding
              + ") although that was not asked for; take another source, " + download.byHand());
    }
    long total = status == 206 ? continued(download, part, answer) : answer.length();
    if (status == 200) {
      part.restart(download.uri(), mark(answer));
    }
    if (total > download.most()) {
      throw tooLarge(download, "is " + total + " bytes long");
    }
    requireSpace(download, total - part.length());
    listener.started(download.uri(), download.name(), part.length(), total);
    return total;
  }

  private static long continued(Download download, PartFile part, HttpTransport.Answer answer)
      throws IOException, TryAgain {
    String range = String.valueOf(answer.header("Content-Range"));
    Matcher matcher = CONTENT_RANGE.matcher(range);
    boolean fits = matcher.matches() && part.length() > 0
        && Long.parseLong(matcher.group(1)) == part.length()
        && Long.parseLong(matcher.group(2)) >= part.length();
    if (!fits) {
      part.restart(download.uri(), null);
      throw new TryAgain(
          "the server sent another part than the one asked for (" + range + "); the file is downloaded anew",
          null,
          null);
    }
    return matcher.group(3).equals("*") ? Long.parseLong(matcher.group(2)) + 1
        : Long.parseLong(matcher.group(3));
  }

  /** What names this version of the file; a weak ETag may not be in If-Range (RFC 9110, 13.1.5). */
  private static @Nullable String mark(HttpTransport.Answer answer) {
    String etag = answer.header("ETag");
    return etag != null && etag.startsWith("\"") ? etag : answer.header("Last-Modified");
  }

  private static void requireSpace(Download download, long bytes) throws IOException {
    long free = Files.getFileStore(download.target().toAbsolutePath().getParent()).getUsableSpace();
    if (bytes > free) {
      throw new PretrainedException(
          download.name() + " needs " + ConsoleDownload.size(bytes) + " more, and there are "
              + ConsoleDownload.size(free) + " for " + download.target()
              + "; make room or choose another folder with `cacheFolder`");
    }
  }

  private static PretrainedException tooLarge(Download download, String what) {
    return new PretrainedException(
        download.uri() + " " + what + ", and what is expected there has at most "
            + ConsoleDownload.size(download.most()) + "; check the address, " + download.byHand());
  }

  private void receive(Download download, PartFile part, HttpTransport.Answer answer, long total)
      throws IOException, TryAgain {
    long looked = part.length();
    long since = System.nanoTime();
    long then = part.length();
    while (true) {
      List<ByteBuffer> piece;
      try {
        piece = answer.response().body().next();
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        throw new TryAgain(e.getMessage(), e, null);
      }
      if (piece == null) {
        break;
      }
      for (ByteBuffer bytes : piece) {
        part.write(bytes);
      }
      long length = part.length();
      listener.progressed(length);
      if (length > download.most()) {
        part.restart(answer.uri(), null);
        throw tooLarge(download, "does not end");
      }
      if (total < 0 && length - looked >= LOOK_AT_SPACE) {
        requireSpace(download, LEAVE_FREE);
        looked = length;
      }
      if (length - then >= HttpTransport.Timeouts.CRAWL_BYTES) {
        since = System.nanoTime();
        then = length;
      } else if (System.nanoTime() - since > http.timeouts().crawl().toNanos()) {
        throw new PretrainedException(
            download.uri() + " comes too slowly (" + (length - then) + " bytes in "
                + http.timeouts().crawl().toSeconds() + " s); try again later, " + download.byHand());
      }
    }
    if (total >= 0 && part.length() < total) {
      throw new TryAgain("the connection ended after " + part.length() + " of " + total + " bytes", null,
          null);
    }
    if (total >= 0 && part.length() > total) {
      long length = part.length();
      part.restart(answer.uri(), null);
      throw new TryAgain("the server sent " + length + " bytes instead of " + total, null, null);
    }
  }

  /**
   * Looks into a file whose server tells neither its length nor its checksum, so that it may have been cut
   * off.
   */
  private static void requireWhole(Download download, PartFile part) throws IOException {
    Path file = part.force();
    try {
      if (download.name().endsWith(".json")) {
        HubFiles.JSON.readTree(Files.readAllBytes(file));
      } else {
        WeightFiles.read(file);
      }
    } catch (WeightFileException | IllegalArgumentException | JsonProcessingException e) {
      long length = part.length();
      part.discard();
      throw new PretrainedException(
          download.uri() + " does not say how long it is, and the " + length
              + " bytes that came before the connection ended are no whole file; they have been removed. Try"
              + " again, " + download.byHand(),
          e);
    }
  }

  /** The Hugging Face Hub names the checksum of a large file when it says where the file is. */
  private static @Nullable String hubChecksum(HttpTransport.Answer answer) {
    String own = answer.header("X-Linked-Etag");
    String etag = own != null ? own : answer.redirects().get("x-linked-etag");
    Matcher matcher = SHA256.matcher(String.valueOf(etag));
    return matcher.matches() ? matcher.group(1) : null;
  }

  /**
   * Whether the part is the file; false: it has been put together from several answers and is wrong, so that
   * it has to be got as a whole.
   */
  private boolean verify(Download download, PartFile part, @Nullable String sha256, boolean mixed)
      throws IOException {
    Path file = part.force();
    if (Files.size(file) == 0) {
      part.discard();
      throw new PretrainedException(download.uri() + " is empty; take another source, " + download.byHand());
    }
    if (sha256 == null) {
      return true;
    }
    String found = sha256(file);
    if (found.startsWith(sha256)) {
      return true;
    }
    part.discard();
    if (mixed) {
      return false;
    }
    throw new PretrainedException(
        download.uri() + " is not the file that was published: its SHA-256 is " + found + " instead of "
            + sha256 + (sha256.length() < 64 ? "…" : "")
            + "; it has been removed. Try again, and if it stays so, get the file from its publisher and put"
            + " it at "
            + download.target());
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    try (InputStream in = Files.newInputStream(RegularFile.require(file))) {
      byte[] block = new byte[1 << 16];
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        digest.update(block, 0, n);
      }
    } catch (FileSystemException e) {
      throw new IOException(e.getMessage(), e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static PretrainedException refusal(Download download, HttpTransport.Answer answer) throws TryAgain {
    int status = answer.status();
    boolean passing = status == 408 || status == 429 || status >= 500 && status != 501 && status != 505;
    if (passing) {
      throw new TryAgain(download.uri().getHost() + " answers " + status, null, retryAfter(answer));
    }
    String what = download.uri() + " cannot be downloaded: the server answers " + status;
    if (status == 404 || status == 410) {
      return PretrainedException.absent(what + ", there is no such file; check the name");
    }
    if (status == 401 || status == 403) {
      return new PretrainedException(
          what + ", it wants to know who asks, or forbids it (on the Hugging Face Hub also where there"
              + " is no such repository): check the name, accept the licence on its page if there is one,"
              + " set HF_TOKEN, "
              + download.byHand());
    }
    return new PretrainedException(what + "; check the address, " + download.byHand());
  }

  private static @Nullable Duration retryAfter(HttpTransport.Answer answer) {
    String value = answer.header("Retry-After");
    return value != null && value.matches("\\d{1,9}") ? Duration.ofSeconds(Long.parseLong(value)) : null;
  }
}
