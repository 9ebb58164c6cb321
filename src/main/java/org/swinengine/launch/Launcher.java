package org.swinengine.launch;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The main class of the jar. It starts the engine's command line in a JVM that has the Vector API, which is a
 * new process unless this JVM has it ({@code java --add-modules=jdk.incubator.vector -jar ...}).
 *
 * <table>
 * <caption>What the user can set</caption>
 * <tr><td>{@code java -X... -D... -jar}</td>
 * <td>options of java go on to the engine's JVM</td></tr>
 * <tr><td>{@code SWIN_JAVA_OPTS}</td>
 * <td>more options, quoted as for a shell; they win over the others</td></tr>
 * <tr><td>{@code SWIN_JAVA_HOME}</td>
 * <td>the JDK that runs the engine; the launcher's own by default</td></tr>
 * <tr><td>{@code SWIN_NO_RELAUNCH=1} or {@code -Dswin.relaunch=false}</td>
 * <td>no second JVM: the engine runs here, without the Vector API if it is not there</td></tr>
 * <tr><td>{@code SWIN_CLASS_ARCHIVE=off}</td>
 * <td>no {@link ClassArchive} is used or made</td></tr>
 * <tr><td>{@code --print-jvm} as first argument</td>
 * <td>prints the command and does nothing</td></tr>
 * </table>
 *
 * <p>Where the locale has no encoding but ASCII, see {@link PlainLocale}.
 *
 * <p>The exit code is the engine's; 2 if something in the table is set wrongly or this Java is too old.
 *
 * <p>The new JVM prints {@code WARNING: Using incubator modules: jdk.incubator.vector}. It does so before any
 * class of ours runs and no option silences it; the only remedy would be a pipe in place of the standard
 * error stream, and then the engine could not tell a terminal from a file and would lose the stream with the
 * launcher. So the line stays.
 */
public final class Launcher {
  private static final String ENGINE_MAIN = "org.swinengine.cli.Main";
  private static final String PRINT_JVM = "--print-jvm";
  private static final int USAGE_ERROR = 2;
  private static final int START_FAILED = 1;

  private Launcher() {}

  /** Runs the engine with the given arguments; does not return if that takes a new JVM. */
  public static void main(String[] arguments) throws Exception {
    String launcherPid = System.clearProperty(ParentWatch.PARENT_PROPERTY);
    if (launcherPid != null) {
      ParentWatch.start(Long.parseLong(launcherPid));
      boolean encoded = System.clearProperty(PlainLocale.ARGUMENTS_PROPERTY) != null;
      runEngineHere(encoded ? PlainLocale.decoded(arguments) : arguments);
      return;
    }
    try {
      launch(arguments);
    } catch (UsageException e) {
      System.err.println(e.getMessage());
      System.exit(USAGE_ERROR);
    } catch (IOException e) {
      System.err.println("The JVM of Swin Engine could not be started: " + e.getMessage());
      System.exit(START_FAILED);
    }
  }

  private static void launch(String[] arguments) throws Exception {
    Map<String, String> environment = System.getenv();
    Jdk running = Jdk.running();
    EngineLocation location = EngineLocation.ofThisJvm();
    boolean otherJdk = isSet(environment.get(EngineCommand.HOME_VARIABLE));
    boolean stayHere = isRelaunchOff(environment, System.getProperty("swin.relaunch"))
        || running.feature() >= Jdk.OLDEST_FEATURE && isVectorModuleHere();
    if (stayHere || !otherJdk) {
      requireNewEnough(running, environment, location);
    }

    boolean print = arguments.length > 0 && arguments[0].equals(PRINT_JVM);
    if (stayHere && !print) {
      runEngineHere(arguments);
      return;
    }
    String[] given =
        PlainLocale.recovered(print ? Arrays.copyOfRange(arguments, 1, arguments.length) : arguments);
    boolean encode = !print && PlainLocale.needsEncoding(given);
    String[] engineArguments = encode ? PlainLocale.encoded(given) : given;
    List<String> inputOptions = ManagementFactory.getRuntimeMXBean().getInputArguments();
    EngineCommand command = stayHere
        ? EngineCommand.ofThisJvm(running, inputOptions, location, engineArguments)
        : EngineCommand.of(running, environment, inputOptions, location, engineArguments,
            print ? null : ownPid());
    if (print) {
      System.out.println(ShellWords.join(command.words()));
      return;
    }
    for (String option : command.keptBack()) {
      System.err.println("The launcher's JVM has taken the port of " + option + "; to have the option in the"
          + " engine's JVM, put it into " + EngineCommand.OPTIONS_VARIABLE + " instead.");
    }
    List<String> ownOptions = new ArrayList<>();
    ownOptions.add("-D" + ParentWatch.PARENT_PROPERTY + "=" + ownPid());
    if (encode) {
      ownOptions.add("-D" + PlainLocale.ARGUMENTS_PROPERTY + "=percent");
    }
    EngineProcess.runAndExit(command.words(ownOptions.toArray(new String[0])), command.archive());
  }

  /** Throws the sentence that a user of an older Java gets. */
  static void requireNewEnough(Jdk running, Map<String, String> environment, EngineLocation location)
      throws UsageException {
    if (running.feature() >= Jdk.OLDEST_FEATURE) {
      return;
    }
    List<Jdk> found = JdkSearch.find(running, environment);
    StringBuilder sentence = new StringBuilder("Swin Engine needs Java ").append(Jdk.OLDEST_FEATURE)
        .append(" or newer, but this is ").append(running).append("; ");
    if (found.isEmpty()) {
      sentence.append("no newer one was found in JAVA_HOME, beside this one or in the usual folders,")
          .append(" so please install one, for instance from https://adoptium.net");
    } else {
      sentence.append("found here: ");
      for (int i = 0; i < found.size(); i++) {
        sentence.append(i == 0 ? "" : ", ").append(found.get(i));
      }
      String java = ShellWords.join(Collections.singletonList(found.get(0).java().getPath()));
      sentence.append("; start it with: ").append(java).append(' ').append(location);
    }
    throw new UsageException(sentence.toString());
  }

  static boolean isRelaunchOff(Map<String, String> environment, String property) {
    String variable = environment.get("SWIN_NO_RELAUNCH");
    return "false".equalsIgnoreCase(property)
        || isSet(variable) && !variable.equals("0") && !variable.equalsIgnoreCase("false");
  }

  private static boolean isSet(String value) {
    return value != null && !value.isEmpty();
  }

  /** {@code ModuleLayer.boot().findModule(...).isPresent()}, which is Java 9. */
  private static boolean isVectorModuleHere() throws ReflectiveOperationException {
    Class<?> moduleLayer = Class.forName("java.lang.ModuleLayer");
    Object boot = moduleLayer.getMethod("boot").invoke(null);
    Object module = moduleLayer.getMethod("findModule", String.class).invoke(boot, Jdk.VECTOR_MODULE);
    return ((Optional<?>) module).isPresent();
  }

  /** Java 8 has no other way to its own process id; the form {@code pid@host} is HotSpot's and OpenJ9's. */
  private static String ownPid() {
    String name = ManagementFactory.getRuntimeMXBean().getName();
    return name.substring(0, name.indexOf('@'));
  }

  private static void runEngineHere(String[] arguments) throws Exception {
    try {
      Class.forName(ENGINE_MAIN).getMethod("main", String[].class).invoke(null, (Object) arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error) {
        throw (Error) e.getCause();
      }
      throw (Exception) e.getCause();
    }
  }
}
