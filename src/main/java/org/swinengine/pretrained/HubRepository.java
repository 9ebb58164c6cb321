package org.swinengine.pretrained;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A revision of a repository of the Hugging Face Hub.
 *
 * @param owner user or organisation
 * @param name of the repository
 * @param revision branch, tag or commit
 */
record HubRepository(String owner, String name, String revision) {
  static final String PREFIX = "hf:";
  private static final Pattern SPEC =
      Pattern.compile("hf:(?<owner>[^/@]+)/(?<name>[^/@]+)(@(?<revision>[^/]+))?(/(?<file>.+))?");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/-]*");

  /** A repository and, or null, the file in it that is wanted. */
  record Reference(HubRepository repository, String file) {}

  /**
   * Reads {@code hf:ORG/REPO[@REVISION][/FILE]}.
   *
   * @throws PretrainedException if it is something else
   */
  static Reference parse(String spec) {
    Matcher matcher = SPEC.matcher(spec);
    if (!matcher.matches()) {
      throw wrong(spec, "it must be like hf:ORG/REPO, hf:ORG/REPO/FILE or hf:ORG/REPO@REVISION/FILE");
    }
    // A branch like refs/pr/1 is written refs%2Fpr%2F1, as in the Hub's addresses.
    String revision = matcher.group("revision") == null ? "main"
        : matcher.group("revision").replaceAll("(?i)%2f", "/");
    String owner = matcher.group("owner");
    String name = matcher.group("name");
    boolean usual = WORD.matcher(owner).matches() && WORD.matcher(name).matches();
    if (!usual || !REVISION.matcher(revision).matches() || revision.contains("..")) {
      throw wrong(spec, "names of the Hub have letters, digits, dots, dashes and underscores only");
    }
    String file = matcher.group("file");
    if (file != null) {
      requirePlain(file, spec);
    }
    return new Reference(new HubRepository(owner, name, revision), file);
  }

  /**
   * Throws unless a file's name stays within its repository.
   *
   * @param source that the name comes from, for the error
   */
  static void requirePlain(String file, String source) {
    boolean plain =
        !file.contains("\\") && !file.contains("%") && !file.contains(":")
            && file.chars().noneMatch(Character::isISOControl)
            && Arrays.stream(file.split("/", -1)).noneMatch(part -> part.isBlank() || part.startsWith("."));
    if (!plain) {
      throw wrong(source, "the file name \"" + file + "\" must be a plain path within the repository");
    }
  }

  private static PretrainedException wrong(String spec, String why) {
    return new PretrainedException("\"" + spec + "\" names no file of the Hugging Face Hub: " + why);
  }

  /** The address of a file. */
  URI uri(URI endpoint, String file) {
    String path = Arrays.stream(file.split("/")).map(HubRepository::encode).collect(Collectors.joining("/"));
    String base = endpoint.toString().replaceFirst("/+$", "");
    return URI.create(base + "/" + owner + "/" + name + "/resolve/" + encode(revision) + "/" + path);
  }

  private static String encode(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** As it is written: {@code hf:org/repo}. */
  @Override
  public String toString() {
    return PREFIX + owner + "/" + name + (revision.equals("main") ? "" : "@" + revision.replace("/", "%2F"));
  }
}
