package org.swinengine.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.RegularFile;

/** Gets the weights of repositories of the Hugging Face Hub, and what describes them. */
final class HubFiles {
  /** Where weights are looked for, in this order. */
  private static final List<String> USUAL_NAMES =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json");

  /** What says how the weights are used; the second comes with the first alone. */
  private static final List<String> DESCRIPTIONS = List.of("config.json", "preprocessor_config.json");

  static final ObjectMapper JSON = new ObjectMapper();

  private final CacheFolder cache;
  private final Downloader downloader;
  private final URI endpoint;
  private final @Nullable String token;

  /**
   * @param endpoint the Hub's address, or a mirror's
   * @param token of the user; null: none
   */
  HubFiles(CacheFolder cache, Downloader downloader, URI endpoint, @Nullable String token) {
    this.cache = cache;
    this.downloader = downloader;
    this.endpoint = endpoint;
    this.token = token;
  }

  /** The weights that a reference names, or that its repository has under a usual name. */
  Path fetch(HubRepository.Reference reference) {
    HubRepository repository = reference.repository();
    if (reference.file() != null) {
      if (!isThere(repository, reference.file())) {
        fetchDescriptions(repository, folder(reference.file()));
      }
      return fetchWhole(repository, reference.file());
    }
    for (String name : USUAL_NAMES) {
      if (isThere(repository, name)) {
        return fetchWhole(repository, name);
      }
    }
    if (downloader.isOffline()) {
      return downloader.fetch(download(repository, USUAL_NAMES.get(0)));
    }
    fetchDescriptions(repository, "");
    for (String name : USUAL_NAMES) {
      try {
        return fetchWhole(repository, name);
      } catch (PretrainedException e) {
        if (!e.isAbsent()) {
          throw e;
        }
      }
    }
    throw PretrainedException.absent(
        repository + " has none of the files " + String.join(", ", USUAL_NAMES)
            + ", or there is no such repository or revision; look at " + endpoint + "/"
            + repository.owner() + "/" + repository.name() + " and name the file: " + repository + "/FILE");
  }

  private boolean isThere(HubRepository repository, String name) {
    return Files.isRegularFile(download(repository, name).target());
  }

  private static String folder(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  /** Before the weights, so that weights that are there have their description, if there is one. */
  private void fetchDescriptions(HubRepository repository, String folder) {
    if (downloader.isOffline()) {
      return;
    }
    for (String name : DESCRIPTIONS) {
      try {
        downloader.fetch(download(repository, folder + name));
      } catch (PretrainedException e) {
        if (!e.isAbsent()) {
          throw e;
        }
        return;
      }
    }
  }

  /** A file, and with an index all that it lists. */
  private Path fetchWhole(HubRepository repository, String name) {
    Path file = downloader.fetch(download(repository, name));
    if (name.endsWith(".index.json")) {
      shards(file).forEach(shard -> downloader.fetch(download(repository, folder(name) + shard)));
    }
    return file;
  }

  private Download download(HubRepository repository, String file) {
    Path target = cache.place(repository);
    for (String part : file.split("/")) {
      target = target.resolve(CacheFolder.name(part));
    }
    long most = file.endsWith(".json") ? Download.MOST_OF_A_DESCRIPTION : Download.MOST;
    return new Download(repository.uri(endpoint, file), target, null, token, most);
  }

  /**
   * The files that an index of sharded weights lists.
   *
   * @throws PretrainedException if it is no index, or names a file elsewhere
   */
  static TreeSet<String> shards(Path index) {
    TreeSet<String> shards = new TreeSet<>();
    try {
      JsonNode map = JSON.readTree(Files.readAllBytes(RegularFile.require(index))).path("weight_map");
      map.forEach(file -> shards.add(file.asText()));
    } catch (IOException e) {
      throw new PretrainedException(index + " cannot be read as JSON (" + e.getMessage() + "); get it again",
          e);
    }
    if (shards.isEmpty()) {
      throw new PretrainedException(
          index + " is no index of weights in several files: there is no \"weight_map\" in it");
    }
    shards.forEach(shard -> HubRepository.requirePlain(shard, index.toString()));
    return shards;
  }
}
