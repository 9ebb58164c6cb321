package org.swinengine.launch;

import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The command line of the JVM that runs the engine: a JDK's {@code java}, its options, the engine, the user's
 * arguments.
 *
 * <p>Later options win over earlier ones, so the order is: what suits the JDK, what the launcher's own JVM
 * was given, {@code SWIN_JAVA_OPTS}.
 */
final class EngineCommand {
  static final String HOME_VARIABLE = "SWIN_JAVA_HOME";
  static final String OPTIONS_VARIABLE = "SWIN_JAVA_OPTS";

  /** Ports that the launcher's JVM holds already; a second JVM that asks for them refuses to start. */
  private static final String HOLDS_A_PORT =
      "-agentlib:jdwp.*|-Xrunjdwp.*|-Dcom\\.sun\\.management\\.jmxremote\\.(rmi\\.)?port=.*";

  private final Jdk jdk;
  private final List<String> options;
  private final List<String> program;
  private final List<String> keptBack;
  private final ClassArchive archive;

  private EngineCommand(Jdk jdk, List<String> options, List<String> program, List<String> keptBack,
      ClassArchive archive) {
    this.archive = archive;
    this.jdk = jdk;
    this.options = options;
    this.program = program;
    this.keptBack = keptBack;
  }

  /**
   * The command of a new JVM.
   *
   * @param inputOptions the options that the launcher's own JVM was given
   * @param process a number that no other launcher has at the same time; null if the command is only to be
   *     shown
   * @throws UsageException if a variable of the environment does not name a usable JDK or usable options
   */
  static EngineCommand of(Jdk running, Map<String, String> environment, List<String> inputOptions,
      EngineLocation location, String[] arguments, String process) throws UsageException {
    Jdk jdk = chosenJdk(running, environment);
    List<String> given = new ArrayList<>();
    List<String> keptBack = new ArrayList<>();
    for (String option : inputOptions) {
      (option.matches(HOLDS_A_PORT) ? keptBack : given).add(option);
    }
    given.addAll(extraOptions(environment));

    List<String> options = new ArrayList<>();
    if (jdk.hasVectorModule()) {
      options.add("--add-modules=" + Jdk.VECTOR_MODULE);
    }
    options.addAll(JvmFlags.of(jdk.feature(), given, arguments.length == 0 ? "" : arguments[0]));
    ClassArchive archive = location.jar() == null ? null
        : ClassArchive.of(jdk, location.jar(), given, environment, arguments, process);
    options.addAll(ClassArchive.optionsOf(archive));
    options.addAll(given);
    return new EngineCommand(jdk, options, program(location, arguments, jdk), keptBack, archive);
  }

  /** The command that this JVM itself is running, as far as it says. */
  static EngineCommand ofThisJvm(Jdk running, List<String> inputOptions, EngineLocation location,
      String[] arguments) {
    return new EngineCommand(running, inputOptions, program(location, arguments, running),
        new ArrayList<String>(), null);
  }

  /** The archive of classes that the command uses or makes; null if none. */
  ClassArchive archive() {
    return archive;
  }

  /** Options of the launcher's JVM that this command leaves out, because they name a port that is taken. */
  List<String> keptBack() {
    return keptBack;
  }

  /** The words of the command; {@code ownOptions} come last among the JVM's options. */
  List<String> words(String... ownOptions) {
    List<String> words = new ArrayList<>();
    words.add(jdk.java().getPath());
    words.addAll(options);
    words.addAll(Arrays.asList(ownOptions));
    words.addAll(program);
    return words;
  }

  private static List<String> program(EngineLocation location, String[] arguments, Jdk jdk) {
    List<String> program = new ArrayList<>(location.options(jdk.feature()));
    program.addAll(Arrays.asList(arguments));
    return program;
  }

  private static Jdk chosenJdk(Jdk running, Map<String, String> environment) throws UsageException {
    String home = environment.get(HOME_VARIABLE);
    if (home == null || home.isEmpty()) {
      return running;
    }
    Jdk jdk = Jdk.in(new File(home).getAbsoluteFile());
    if (jdk == null) {
      throw new UsageException(HOME_VARIABLE + " is " + home + ", but there is no bin/java in it: it should"
          + " name the folder of a JDK, of version " + Jdk.OLDEST_FEATURE + " or newer.");
    }
    if (jdk.feature() != 0 && jdk.feature() < Jdk.OLDEST_FEATURE) {
      throw new UsageException(HOME_VARIABLE + " names " + jdk + ", but Swin Engine needs Java "
          + Jdk.OLDEST_FEATURE + " or newer.");
    }
    return jdk;
  }

  private static List<String> extraOptions(Map<String, String> environment) throws UsageException {
    String text = environment.get(OPTIONS_VARIABLE);
    List<String> options = ShellWords.split(OPTIONS_VARIABLE, text == null ? "" : text);
    boolean valueMayFollow = false; // as in "--add-opens java.base/java.lang=ALL-UNNAMED"
    for (String option : options) {
      boolean isOption = option.startsWith("-") || option.startsWith("@");
      if (!isOption && !valueMayFollow) {
        throw new UsageException(OPTIONS_VARIABLE + " holds " + option + ", which is not an option of java"
            + " (these start with a dash); arguments of Swin Engine belong at the end of the command line.");
      }
      valueMayFollow = option.startsWith("--") && option.indexOf('=') < 0;
    }
    return options;
  }
}
