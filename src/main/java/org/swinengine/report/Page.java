package org.swinengine.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page that stands alone: styles and script are within, pictures are data, and the browser is told to load
 * nothing from anywhere and to run no script but this one.
 */
final class Page {
  /** Comments of script for HTML, sections of text for XML. */
  private static final String SCRIPT = "/*<![CDATA[*/\n" + resource("report.js") + "/*]]>*/";

  private static final Pattern HEADING = Pattern.compile("<h2 id=\"([a-z]+)\">([^<]+)</h2>");

  private Page() {}

  static String of(String title, Html body) {
    Html html = new Html();
    html.raw("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n");
    html.raw("<meta charset=\"utf-8\"/>\n");
    html.add(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:;"
            + " style-src 'unsafe-inline'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'\"/>%n",
        sha256(SCRIPT));
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
    html.raw("<link rel=\"icon\" href=\"data:,\"/>\n");
    html.add("<title>%s</title>%n", title);
    html.raw("<style>\n").raw(resource("report.css")).raw("</style>\n</head>\n<body>\n<main>\n");
    html.raw(withContents(body.toString()));
    html.raw("</main>\n<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    return html.toString();
  }

  /** After the header, links to the headings that have a name. */
  private static String withContents(String body) {
    List<MatchResult> headings = HEADING.matcher(body).results().toList();
    if (headings.size() < 2) {
      return body;
    }
    StringBuilder links = new StringBuilder("<nav aria-label=\"contents\">");
    for (MatchResult heading : headings) {
      links.append("<a href=\"#").append(heading.group(1)).append("\">").append(heading.group(2))
          .append("</a>");
    }
    return body.replaceFirst("</header>", Matcher.quoteReplacement("</header>\n" + links + "</nav>"));
  }

  private static String sha256(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
