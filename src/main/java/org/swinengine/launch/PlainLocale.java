package org.swinengine.launch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The locale C, which containers, cron and services have: its encoding is ASCII, so that a JVM finds no file
 * with another letter in its name. The engine's JVM gets {@code C.UTF-8} in its place, in which file names,
 * arguments and output are UTF-8 as they are nearly everywhere. (Of what was tried on JDK 17 and 25 this
 * alone has that effect: a property {@code sun.jnu.encoding} is overwritten.) Where the system does not know
 * that locale, all stays as it is.
 *
 * <p>The launcher's own JVM has already lost such letters of its arguments, but the system still has their
 * bytes. They go to the engine's JVM with each of their bytes written as {@code %XX}.
 */
final class PlainLocale {
  /** Set for the engine's JVM alone: its arguments are written so. */
  static final String ARGUMENTS_PROPERTY = "swin.launch.arguments";

  private static final String LOST = "\uFFFD";

  private PlainLocale() {}

  /** Whether this JVM has it. */
  static boolean isHere() {
    String encoding = System.getProperty("sun.jnu.encoding");
    return EngineProcess.POSIX
        && encoding != null
        && Charset.isSupported(encoding)
        && Charset.forName(encoding).equals(StandardCharsets.US_ASCII);
  }

  /** What the engine's JVM has in its environment besides the launcher's. */
  static Map<String, String> environment() {
    return isHere() ? Collections.singletonMap("LC_ALL", "C.UTF-8") : Collections.<String, String>emptyMap();
  }

  /** Arguments with the letters that were lost, as far as the system has them. */
  static String[] recovered(String[] arguments) {
    boolean lost = false;
    for (String argument : arguments) {
      lost |= argument.contains(LOST);
    }
    if (!lost || !isHere()) {
      return arguments;
    }
    List<byte[]> words = ownCommandLine();
    String[] recovered = arguments.clone();
    for (int i = 0; i < arguments.length; i++) {
      int at = words.size() - arguments.length + i;
      if (at < 0) {
        return arguments;
      }
      // Whatever else is on the command line before them, these must be the words.
      if (!new String(words.get(at), StandardCharsets.US_ASCII).equals(arguments[i])) {
        return arguments;
      }
      recovered[i] = new String(words.get(at), StandardCharsets.UTF_8);
    }
    return recovered;
  }

  private static List<byte[]> ownCommandLine() {
    List<byte[]> words = new ArrayList<>();
    byte[] line;
    try {
      line = Files.readAllBytes(Paths.get("/proc/self/cmdline"));
    } catch (IOException e) {
      return words; // No Linux.
    }
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    for (byte value : line) {
      if (value == 0) {
        words.add(word.toByteArray());
        word.reset();
      } else {
        word.write(value);
      }
    }
    return words;
  }

  /** Whether a command line in ASCII would lose letters. */
  static boolean needsEncoding(String[] arguments) {
    return isHere() && !String.join("", arguments).matches("\\p{ASCII}*");
  }

  /** Arguments in ASCII. */
  static String[] encoded(String[] arguments) {
    String[] encoded = new String[arguments.length];
    for (int i = 0; i < encoded.length; i++) {
      StringBuilder text = new StringBuilder();
      for (byte value : arguments[i].getBytes(StandardCharsets.UTF_8)) {
        if (value < 0 || value == '%') {
          text.append(String.format("%%%02X", value & 255));
        } else {
          text.append((char) value);
        }
      }
      encoded[i] = text.toString();
    }
    return encoded;
  }

  /** What {@link #encoded} has made of arguments, undone. */
  static String[] decoded(String[] arguments) {
    String[] decoded = new String[arguments.length];
    for (int i = 0; i < decoded.length; i++) {
      String text = arguments[i];
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (int at = 0; at < text.length(); at++) {
        if (text.charAt(at) == '%') {
          bytes.write(Integer.parseInt(text.substring(at + 1, at + 3), 16));
          at += 2;
        } else {
          bytes.write(text.charAt(at));
        }
      }
      decoded[i] = new String(bytes.toByteArray(), StandardCharsets.UTF_8);
    }
    return decoded;
  }
}
