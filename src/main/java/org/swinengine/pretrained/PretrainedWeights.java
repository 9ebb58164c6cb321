package org.swinengine.pretrained;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * From what a user names to a file on this machine: an existing file, a published checkpoint's name, an
 * address, or {@code hf:ORG/REPO[@REVISION][/FILE]}. Downloads are kept, so that the second time needs no
 * network.
 *
 * <pre>{@code
 * ResolvedWeights weights = PretrainedWeights.resolve("swin_tiny_patch4_window7_224.ms_in1k");
 * StateDict dict = WeightFiles.read(weights.file());
 * }</pre>
 */
public final class PretrainedWeights {
  private static final String HUB = "https://huggingface.co";
  // What the Hub's pages show, which people copy: /blob/ is the page about the file, /resolve/ the file.
  private static final Pattern HUB_PAGE = Pattern.compile("(/[^/]+/[^/]+)/blob/(.+)");
  private static final Pattern WEIGHT_FILE =
      Pattern.compile("(?i)(?<name>.*)\\.(pth|pt|bin|tar|ckpt|safetensors|npz|npy|index\\.json)");

  private final CacheFolder cache;
  private final Downloader downloader;
  private final HubFiles hub;
  private final URI endpoint;
  private final @Nullable String token;

  PretrainedWeights(
      PretrainedOptions options,
      Map<String, String> environment,
      HttpTransport.Timeouts timeouts,
      Downloader.Patience patience) {
    cache =
        options.cacheFolder() != null
            ? new CacheFolder(options.cacheFolder().toAbsolutePath())
            : CacheFolder.of(environment, System.getProperty("os.name"),
                Path.of(System.getProperty("user.home")));
    HttpTransport http = new HttpTransport(new Proxies(environment), timeouts);
    downloader = new Downloader(http, patience, options.offline(), options.listener());
    String said = environment.get("HF_ENDPOINT");
    endpoint = address(said == null || said.isBlank() ? HUB : said.strip());
    String secret = environment.get("HF_TOKEN");
    String own = secret == null || secret.isBlank() ? null : secret.strip();
    token = own;
    hub = new HubFiles(cache, downloader, endpoint, own);
  }

  /** As {@link #resolve(String, PretrainedOptions)}, with the usual folder and in silence. */
  public static ResolvedWeights resolve(String source) {
    return resolve(source, PretrainedOptions.USUAL);
  }

  /**
   * Finds or downloads weights.
   *
   * @param source a file, a name of {@link PublishedCheckpoints}, an address that begins with {@code
   *     https://} or {@code http://}, or {@code hf:ORG/REPO[@REVISION][/FILE]}
   * @throws PretrainedException if there is no such thing, or it cannot be downloaded; the message says which
   *     address, and where to put the file by hand
   */
  public static ResolvedWeights resolve(String source, PretrainedOptions options) {
    return new PretrainedWeights(
        options, System.getenv(), HttpTransport.Timeouts.USUAL, Downloader.Patience.USUAL)
        .find(source);
  }

  ResolvedWeights find(String source) {
    if (source.startsWith(HubRepository.PREFIX)) {
      return fetch(source, PublishedCheckpoints.from(source), source);
    }
    if (source.matches("(?i)[a-z][a-z0-9+.-]*://.*")) {
      return fetch(source, PublishedCheckpoints.from(source), source);
    }
    Optional<Path> file = existing(source);
    if (file.isPresent()) {
      return new ResolvedWeights(file.get(), source, Optional.empty());
    }
    Matcher weightFile = WEIGHT_FILE.matcher(source);
    if (weightFile.matches()) {
      String name = weightFile.group("name");
      throw new PretrainedException(
          "there is no file " + source
              + (PublishedCheckpoints.isKnown(name) ? "; to download what was published under that"
                  + " name, leave out the ending: " + name : ""));
    }
    PublishedCheckpoint checkpoint = PublishedCheckpoints.named(source);
    return fetch(checkpoint.source(), Optional.of(checkpoint), source);
  }

  private static Optional<Path> existing(String source) {
    Path path;
    try {
      path = Path.of(source);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
    if (Files.isDirectory(path) && !PublishedCheckpoints.isKnown(source)) {
      throw new PretrainedException(source + " is a folder; name the weight file in it");
    }
    return Optional.of(path).filter(Files::exists).filter(there -> !Files.isDirectory(there));
  }

  private ResolvedWeights fetch(String location, Optional<PublishedCheckpoint> checkpoint, String source) {
    if (location.startsWith(HubRepository.PREFIX)) {
      return new ResolvedWeights(hub.fetch(HubRepository.parse(location)), source, checkpoint);
    }
    URI uri = address(location);
    boolean atHub = HttpTransport.sameServer(uri, endpoint);
    Matcher page = HUB_PAGE.matcher(uri.getRawPath());
    if (atHub && page.matches()) {
      uri = uri.resolve(page.group(1) + "/resolve/" + page.group(2));
    }
    String sha256 = checkpoint.flatMap(PublishedCheckpoint::checksum).orElse(null);
    Path file = downloader.fetch(new Download(uri, cache.place(uri), sha256, atHub ? token : null));
    return new ResolvedWeights(file, source, checkpoint);
  }

  private static URI address(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw new PretrainedException("\"" + text + "\" is no address of a file: " + e.getReason(), e);
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !scheme.equals("http") || uri.getHost() == null) {
      throw new PretrainedException(
          "\"" + text + "\" must be like https://host/folder/file.pth; other kinds of addresses are not"
              + " read");
    }
    if (!HttpTransport.hasPossiblePort(uri)) {
      throw new PretrainedException(
          "\"" + text + "\" names the port " + uri.getPort()
              + ", but ports are from 1 to 65535; correct the address");
    }
    if (uri.getUserInfo() != null) {
      throw new PretrainedException(
          "an address must not have a name and password in it (" + uri.getHost()
              + "); download the file with another program and name the file");
    }
    return uri;
  }
}
