/**
 * Starts the engine's JVM.
 *
 * <p>{@code java -jar swin-engine.jar} cannot switch the Vector API on: no manifest attribute adds an
 * incubator module. So the main class of the jar is {@link org.swinengine.launch.Launcher}, which starts a
 * second JVM of the same JDK with the module and with the flags that measured best for that JDK, and stands
 * between it and the outside: options, environment, standard streams, signals and the exit code pass through.
 *
 * <p>The classes here are Java 8 bytecode, use only the Java 8 API (anything newer by reflection) and nothing
 * of the engine, so that an old JVM can load them and print a sentence instead of a class file version.
 */
package org.swinengine.launch;
