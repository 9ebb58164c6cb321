package org.swinengine.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Decoding;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.RawImage;

/** A picture that is decoded when its turn comes: a file, or bytes that are there already. */
public final class Picture {
  /** Gives the pixels. */
  interface Source {
    RawImage decode(Decoding how) throws IOException;
  }

  private final String name;
  private final @Nullable Path file;
  private final Source source;

  private Picture(String name, @Nullable Path file, Source source) {
    this.name = name;
    this.file = file;
    this.source = source;
  }

  /** A file. */
  public static Picture of(Path file) {
    return new Picture(file.toString(), file, how -> ImageDecoder.decode(file, how));
  }

  /**
   * The bytes of an image file.
   *
   * @param name what it is called in errors and answers
   * @param bytes must not change
   */
  public static Picture of(String name, byte[] bytes) {
    return new Picture(name, null, how -> ImageDecoder.decode(bytes, name, how));
  }

  /** One that comes from elsewhere. */
  static Picture of(String name, Source source) {
    return new Picture(name, null, source);
  }

  /** A file's path as it was given, or the name of bytes. */
  public String name() {
    return name;
  }

  /** The file, if it is one. */
  public Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  /**
   * Decodes it.
   *
   * @throws org.swinengine.data.DatasetException with a sentence that names it, when it is missing or no
   *     readable image
   * @throws IOException when reading fails
   */
  public RawImage decode(Decoding how) throws IOException {
    return source.decode(how);
  }

  @Override
  public String toString() {
    return name;
  }
}
