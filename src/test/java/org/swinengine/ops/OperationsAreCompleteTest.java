package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.profile.ProfilingBackend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.tensor.Scope;

/**
 * Finds every operation, every {@link UnaryFunction} and every kernel of the contract by reflection. Fails
 * where one lacks its value test, its gradient check, its conformance on every backend, its benchmark or its
 * row in {@code docs/OPERATIONS.md}. Which tests call what is read from their class files.
 */
class OperationsAreCompleteTest {
  private static final String TESTS = "org.swinengine.conformance.";
  private static final Path BENCHMARKS = Path.of("bench/src/main/java/org/swinengine/bench");
  private static final Path DOCUMENT = Path.of("docs/OPERATIONS.md");
  private static final Path BUILD = Path.of("engine/pom.xml");
  private static final Pattern FAMILY = Pattern.compile("(\\w+)Kernels");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([\\w.]+)` \\|");
  private static final Pattern KERNELS = Pattern.compile("(?m)^\\| (\\w+) \\| ((?:`\\w+`(?:, )?)+) \\|$");
  private static final Pattern BENCHED_FUNCTIONS =
      Pattern.compile("@Param(?:\\(\\{?([^)}]*)}?\\))?\\s+public UnaryFunction function;");

  /** What computes nothing. */
  private static final Set<String> VIEWS = Set.of("ReshapeOp.apply");

  private static final JavaClasses OPS = new ClassFileImporter().importPackages("org.swinengine.ops");
  private static final JavaClasses SUITE =
      new ClassFileImporter().importPackages("org.swinengine.conformance");

  /** Every public static method of this package that returns a variable, {@code LinearOp.applyNormalized}. */
  private static Set<String> operations() {
    Set<String> operations = new TreeSet<>();
    for (JavaClass type : OPS) {
      if (type.getModifiers().contains(JavaModifier.PUBLIC)) {
        for (Method method : type.reflect().getDeclaredMethods()) {
          if (Modifier.isPublic(method.getModifiers())
              && Modifier.isStatic(method.getModifiers())
              && method.getReturnType() == Variable.class) {
            operations.add(type.getSimpleName() + "." + method.getName());
          }
        }
      }
    }
    return operations;
  }

  /** The interfaces of the contract. */
  private static List<Class<?>> families() {
    return Arrays.stream(Backend.class.getMethods())
        .<Class<?>>map(Method::getReturnType)
        .filter(type -> FAMILY.matcher(type.getSimpleName()).matches())
        .toList();
  }

  private static String name(Class<?> family) {
    return family.getSimpleName().replace("Kernels", "");
  }

  /**
   * A family's methods that work on memory: those that take a span. Default methods are among them where the
   * reference computes them itself: the others say the same in other words.
   */
  private static Set<String> kernels(Class<?> family) {
    Set<String> kernels = new TreeSet<>();
    for (Method method : family.getMethods()) {
      if ((Modifier.isAbstract(method.getModifiers()) || isTheReferences(method, family))
          && List.of(method.getParameterTypes()).contains(Span.class)) {
        kernels.add(method.getName());
      }
    }
    return kernels;
  }

  private static boolean isTheReferences(Method method, Class<?> family) {
    try {
      Class.forName(ReferenceBackend.class.getPackageName() + ".Reference" + name(family))
          .getDeclaredMethod(method.getName(), method.getParameterTypes());
      return true;
    } catch (NoSuchMethodException e) {
      return false;
    } catch (ClassNotFoundException e) {
      throw new AssertionError("the reference lacks a family", e);
    }
  }

  /** What a class, its nested classes and its lambdas call or refer to, as {@code Owner.method}. */
  private static Set<String> called(JavaClasses classes, String type) {
    Set<String> called = new TreeSet<>();
    for (JavaClass each : classes) {
      if (each.getName().equals(type) || each.getName().startsWith(type + "$")) {
        Stream.concat(
            each.getMethodCallsFromSelf().stream().map(call -> call.getTarget()),
            each.getMethodReferencesFromSelf().stream().map(reference -> reference.getTarget()))
            .forEach(target -> called.add(target.getOwner().getSimpleName() + "." + target.getName()));
      }
    }
    return called;
  }

  private static void assertNoneLacks(String what, Collection<?> all, Collection<?> having) {
    Set<String> lacking = new TreeSet<>();
    all.forEach(one -> lacking.add(one.toString()));
    assertFalse(lacking.isEmpty(), "nothing was found that could lack " + what);
    having.forEach(one -> lacking.remove(one.toString()));
    assertTrue(lacking.isEmpty(), () -> what + " is missing for " + lacking + "; see docs/ADDING_AN_OP.md");
  }

  private static List<UnaryFunction> functions() {
    return List.of(UnaryFunction.values());
  }

  @Test
  void everyOneHasAValueTest() throws Exception {
    Set<String> tested = new TreeSet<>();
    for (JavaClass type : OPS) {
      if (type.getSimpleName().endsWith("ValuesTest")) {
        tested.addAll(called(OPS, type.getName()));
      }
    }
    assertNoneLacks("a worked example in a …ValuesTest", operations(), tested);
    assertNoneLacks(
        "a worked example in UnaryValuesTest", functions(), UnaryValuesTest.examples().keySet());
    assertGoesOverFunctions(UnaryValuesTest.class, "valuesAndGradientsArePyTorchs");
  }

  @Test
  void everyOneHasAGradientCheck() throws Exception {
    assertNoneLacks("a case in OpCases", operations(), called(OPS, OpCases.class.getName()));
    assertNoneLacks("a case in OpCases with its gradient", functions(), functionsOf(OpCases.all()));
    assertGoesOverCases(EveryOpTest.class, "gradientsAgreeWithDifferences", EveryOpTest.cases());
  }

  /** That a test runs over all of {@link OpCases}. */
  private static void assertGoesOverCases(Class<?> type, String test, Stream<OpCase> cases) throws Exception {
    MethodSource source = type.getDeclaredMethod(test, OpCase.class).getAnnotation(MethodSource.class);
    assertNotNull(source, test + " of " + type.getSimpleName() + " does not go over the operations' cases");
    assertEquals(List.of("cases"), List.of(source.value()), "where " + test + " has its cases from");
    assertEquals(
        OpCases.all().stream().map(OpCase::name).toList(), cases.map(OpCase::name).toList(),
        "the cases of " + type.getSimpleName());
  }

  /** That a test runs over all unary functions. */
  private static void assertGoesOverFunctions(Class<?> type, String test) throws Exception {
    EnumSource source = type.getDeclaredMethod(test, UnaryFunction.class).getAnnotation(EnumSource.class);
    String name = test + " of " + type.getSimpleName();
    assertNotNull(source, name + " does not go over the unary functions");
    List<String> named = List.of(source.names());
    boolean including = source.mode() == EnumSource.Mode.INCLUDE;
    assertNoneLacks(
        "a case of " + name, functions(),
        functions().stream()
            .filter(f -> named.isEmpty() || named.contains(f.name()) == including)
            .toList());
  }

  /** The functions that have a case of their name that applies them forwards and backwards: it is run. */
  private static Set<UnaryFunction> functionsOf(List<OpCase> cases) {
    Set<UnaryFunction> applied = new TreeSet<>();
    for (UnaryFunction f : functions()) {
      cases.stream()
          .filter(op -> op.name().equals(f.label()))
          .map(OperationsAreCompleteTest::kernelsOf)
          .filter(kernels -> kernels.containsAll(List.of(f.label(), f.label() + "Backward")))
          .forEach(kernels -> applied.add(f));
    }
    return applied;
  }

  /** The names under which the profile knows what a case calls. */
  private static Set<String> kernelsOf(OpCase op) {
    try (ProfilingBackend backend = new ProfilingBackend(new ReferenceBackend())) {
      OpCase.Operands operands = op.on(backend);
      try (Scope scope = Scope.open();
          Tape tape = Tape.open()) {
        List<Variable> leaves = operands.inputs().stream().map(Variable::leaf).toList();
        Variable result = op.function().apply(leaves, operands.parameters());
        tape.backward(SumOp.apply(result));
      }
      Set<String> kernels = new TreeSet<>();
      backend.take().forEach(time -> kernels.add(time.kind().split(" ")[0]));
      return kernels;
    }
  }

  @Test
  void everyOneIsComparedOnEveryBackend() throws Exception {
    for (Class<?> family : families()) {
      String test = TESTS + name(family) + "ConformanceTest";
      assertConforms(Class.forName(test));
      Set<String> compared = new TreeSet<>();
      called(SUITE, test).stream()
          .filter(call -> call.startsWith(family.getSimpleName() + "."))
          .forEach(call -> compared.add(call.substring(call.indexOf('.') + 1)));
      assertNoneLacks("a case in " + name(family) + "ConformanceTest", kernels(family), compared);
    }
    Class<?> pointwise = Class.forName(TESTS + "PointwiseConformanceTest");
    assertGoesOverFunctions(pointwise, "unary");
    assertGoesOverFunctions(pointwise, "unaryBackward");
    assertConforms(OpConformanceTest.class);
    assertGoesOverCases(OpConformanceTest.class, "valuesAndGradientsAgree", OpConformanceTest.cases());
  }

  /** That a test runs wherever the build compares kernels: in each vector width, scalar, and on the GPU. */
  private static void assertConforms(Class<?> test) throws IOException {
    boolean tagged =
        Arrays.stream(test.getAnnotationsByType(Tag.class))
            .anyMatch(tag -> tag.value().equals("conformance"));
    assertTrue(tagged, test.getSimpleName() + " lacks the tag conformance, by which it runs on a GPU");
    String build = Files.readString(BUILD);
    assertTrue(build.contains("<groups>conformance | cuda</groups>"), BUILD + " does not run it on a GPU");
    assertTrue(build.contains("<swin.conformance.device>cuda<"), BUILD + " does not run it on a GPU");
  }

  @Test
  void everyOneHasABenchmark() throws IOException {
    Set<String> measured = new TreeSet<>();
    for (Class<?> family : families()) {
      String source = benchmark(name(family));
      for (String kernel : kernels(family)) {
        if (Pattern.compile("\\." + kernel + "\\(").matcher(source).find()) {
          measured.add(family.getSimpleName() + "." + kernel);
        }
      }
      Set<String> kernels = new TreeSet<>();
      kernels(family).forEach(kernel -> kernels.add(family.getSimpleName() + "." + kernel));
      assertNoneLacks("a benchmark in " + name(family) + "Bench", kernels, measured);
    }
    assertNoneLacks("a kernel, which has a benchmark,", operations(), computing(measured));
    Matcher functions = BENCHED_FUNCTIONS.matcher(benchmark("Pointwise"));
    assertTrue(functions.find(), "PointwiseBench has no parameter of all unary functions");
    String named = functions.group(1);
    assertNoneLacks(
        "a value of PointwiseBench's parameter", functions(),
        functions().stream().filter(f -> named == null || named.contains('"' + f.name() + '"')).toList());
  }

  /** The operations whose class, or a class of this package that it uses, calls one of the kernels. */
  private static Set<String> computing(Set<String> kernels) {
    Set<String> computing = new TreeSet<>(VIEWS);
    for (String operation : operations()) {
      Set<String> reached = new TreeSet<>(Set.of(operation.substring(0, operation.indexOf('.'))));
      Set<String> calls = new TreeSet<>();
      for (int before = 0; reached.size() > before;) {
        before = reached.size();
        List.copyOf(reached).forEach(type -> calls.addAll(called(OPS, "org.swinengine.ops." + type)));
        calls.forEach(call -> reached.add(call.substring(0, call.indexOf('.'))));
      }
      if (calls.stream().anyMatch(kernels::contains)) {
        computing.add(operation);
      }
    }
    return computing;
  }

  private static String benchmark(String family) throws IOException {
    return Files.readString(BENCHMARKS.resolve(family + "Bench.java"));
  }

  @Test
  void everyOneHasItsRowInTheDocument() throws IOException {
    String document = Files.readString(DOCUMENT);
    Set<String> rows = new TreeSet<>();
    Matcher row = ROW.matcher(document);
    while (row.find()) {
      rows.add(row.group(1));
    }
    Set<String> expected = new TreeSet<>(operations());
    functions().forEach(f -> expected.add("UnaryFunction." + f.name()));
    assertNoneLacks("a row in " + DOCUMENT, expected, rows);
    assertNoneLacks("an operation for a row in " + DOCUMENT, rows, expected);
    Set<String> kernelRows = new TreeSet<>();
    Matcher kernelRow = KERNELS.matcher(document);
    while (kernelRow.find()) {
      kernelRows.add(kernelRow.group(1) + ": " + kernelRow.group(2));
    }
    Set<String> kernels = new TreeSet<>();
    for (Class<?> family : families()) {
      kernels.add(name(family) + ": `" + String.join("`, `", kernels(family)) + "`");
    }
    assertNoneLacks("a row in " + DOCUMENT, kernels, kernelRows);
  }
}
