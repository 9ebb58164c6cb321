package org.swinengine.report;

import java.util.Locale;
import org.swinengine.console.PlainText;

/** HTML that is well-formed XML as well, in the making. Text and attributes are escaped as they come in. */
final class Html {
  private final StringBuilder text = new StringBuilder();

  /**
   * Text as it stands in HTML and XML; control characters, which XML cannot hold, become a replacement sign.
   */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "\uFFFD");
  }

  /** A sentence of the library: what stands in backticks becomes code. */
  static String sentence(String text) {
    return escape(PlainText.line(text)).replaceAll("`([^`]+)`", "<code>$1</code>");
  }

  /**
   * Adds markup.
   *
   * @param format of the engine's own markup; strings among the arguments are escaped, and what cannot be
   *     seen in them is written out, but for {@link Raw}
   */
  Html add(String format, Object... arguments) {
    Object[] escaped = arguments.clone();
    for (int i = 0; i < escaped.length; i++) {
      if (escaped[i] instanceof String string) {
        escaped[i] = escape(PlainText.line(string));
      }
    }
    text.append(arguments.length == 0 ? format : String.format(Locale.ROOT, format, escaped));
    return this;
  }

  /** Markup that is finished. */
  record Raw(String markup) {
    @Override
    public String toString() {
      return markup;
    }
  }

  /** A value for a script, in an element of its own that nothing executes. */
  Html data(String id, String json) {
    String harmless = json.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e");
    return add("<script type=\"application/json\" id=\"%s\">", id).raw(harmless).raw("</script>\n");
  }

  Html raw(String markup) {
    text.append(markup);
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
