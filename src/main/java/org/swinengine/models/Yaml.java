package org.swinengine.models;

import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads YAML that may be anybody's, such as a checkpoint's own. */
public final class Yaml {
  /** The library reads lists within lists recursively; configurations need five levels. */
  private static final int DEEPEST = 64;

  private Yaml() {}

  /**
   * Maps, lists and scalars of YAML's core schema.
   *
   * @param source its name in errors
   * @throws ModelConfigException if the text is not YAML, or is nested more than 64 deep
   */
  public static Object load(String yaml, String source) {
    try {
      LoadSettings settings =
          LoadSettings.builder().setSchema(new CoreSchema()).setLabel(source).build();
      requireShallow(() -> new ParserImpl(settings, new StreamReader(settings, yaml)), source);
      return new Load(settings).loadFromString(yaml);
    } catch (YamlEngineException e) {
      throw new ModelConfigException(source + " is not valid YAML" + place(e));
    }
  }

  /**
   * Where, and nothing of what stands there: a file of another purpose, which a BASE names, may hold secrets.
   */
  private static String place(YamlEngineException e) {
    return e instanceof MarkedYamlEngineException marked && marked.getProblemMark().isPresent()
        ? ": there is a mistake in line " + (marked.getProblemMark().get().getLine() + 1) + ", column "
            + (marked.getProblemMark().get().getColumn() + 1)
        : "";
  }

  private static void requireShallow(Iterable<Event> events, String source) {
    int depth = 0;
    for (Event event : events) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
      ModelSpec.require(depth <= DEEPEST, "%s is nested more than %d deep", source, DEEPEST);
    }
  }
}
