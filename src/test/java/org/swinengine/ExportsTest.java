package org.swinengine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.StateDict;

/**
 * What {@code module-info.java} exports is a whole: programs that are given nothing else can name every type
 * that they are handed or have to give.
 */
class ExportsTest {
  /** Packages that may change at any time; packages below these are internal as well. */
  private static final List<String> INTERNAL =
      List.of(
          "org.swinengine.backend.cpu",
          "org.swinengine.backend.cuda",
          "org.swinengine.backend.profile",
          "org.swinengine.backend.reference",
          "org.swinengine.console",
          "org.swinengine.data.dicom",
          "org.swinengine.dashboard",
          "org.swinengine.train.pictures");

  private static final ModuleReference ENGINE = module(Tensor.class, "org.swinengine");
  private static final ModuleReference WEIGHTS = module(StateDict.class, "org.swinengine.weights");

  private static ModuleReference module(Class<?> member, String name) {
    try {
      Path place = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
      return ModuleFinder.of(place).find(name).orElseThrow();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Set<String> exported(ModuleReference module) {
    Set<String> names = new TreeSet<>();
    for (ModuleDescriptor.Exports exports : module.descriptor().exports()) {
      assertTrue(!exports.isQualified(), exports + ": ours runs on the class path, see module-info.java");
      names.add(exports.source());
    }
    return names;
  }

  private static boolean isInternal(String name) {
    return INTERNAL.stream().anyMatch(room -> name.equals(room) || name.startsWith(room + "."));
  }

  @Test
  void everyPackageIsExportedOrInternal() {
    Set<String> neither = new TreeSet<>(ENGINE.descriptor().packages());
    neither.removeAll(exported(ENGINE));
    neither.removeIf(ExportsTest::isInternal);
    // Pictures and labels that come with the engine: no classes.
    neither.removeIf(name -> name.startsWith("org.swinengine.data."));
    assertEquals(
        Set.of(), neither, "export these in src/main/java/module-info.java, or list them as internal here");
    for (String name : exported(ENGINE)) {
      assertFalse(isInternal(name), name);
    }
    assertEquals(Set.of("org.swinengine.weights"), exported(WEIGHTS));
  }

  @Test
  void exportedClassesSpeakOfExportedClassesAlone() throws IOException {
    Set<String> known = new HashSet<>(exported(ENGINE));
    known.addAll(exported(WEIGHTS));
    Set<String> leaks = new TreeSet<>();
    int classes = 0;
    for (ModuleReference module : List.of(ENGINE, WEIGHTS)) {
      for (Class<?> type : visibleClasses(module)) {
        classes++;
        forEachTypeInTheApiOf(
            type,
            (named, where) -> {
              if (!isTheJdks(named) && !known.contains(named.getPackageName())) {
                leaks.add(where + " speaks of " + named.getName());
              } else if (!isVisible(named)) {
                leaks.add(where + " speaks of " + named.getName() + ", which is not public");
              }
            });
      }
    }
    assertTrue(classes > 100, classes + " classes");
    assertEquals(Set.of(), leaks);
  }

  /** In a named module, as nothing else here is: tests run on the class path. */
  private static boolean isTheJdks(Class<?> type) {
    return type.getModule().isNamed() && type.getModule().isExported(type.getPackageName());
  }

  private static Set<Class<?>> visibleClasses(ModuleReference module) throws IOException {
    Set<String> packages = exported(module);
    Set<Class<?>> found = new HashSet<>();
    try (ModuleReader reader = module.open();
        Stream<String> files = reader.list()) {
      files
          .filter(file -> file.endsWith(".class") && file.contains("/"))
          .filter(file -> !file.endsWith("package-info.class"))
          .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
          .filter(name -> packages.contains(name.substring(0, name.lastIndexOf('.'))))
          .map(ExportsTest::load)
          .filter(ExportsTest::isVisible)
          .forEach(found::add);
    }
    return found;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, ExportsTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isVisible(Class<?> type) {
    for (Class<?> each = type; each != null; each = each.getDeclaringClass()) {
      if (each.isLocalClass() || each.isAnonymousClass() || !isVisible(each.getModifiers())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private interface Mention {
    void in(Class<?> named, String where);
  }

  private static void forEachTypeInTheApiOf(Class<?> type, Mention mention) {
    Consumer<Type> header = found -> forEachClassIn(found, named -> mention.in(named, type.getName()));
    bounds(type.getTypeParameters()).forEach(header);
    Arrays.stream(type.getGenericInterfaces()).forEach(header);
    if (type.getGenericSuperclass() != null) {
      header.accept(type.getGenericSuperclass());
    }
    for (Field field : type.getDeclaredFields()) {
      inMember(field, Stream.of(field.getGenericType()), mention);
    }
    for (Method method : type.getDeclaredMethods()) {
      inMember(method, Stream.concat(Stream.of(method.getGenericReturnType()), signature(method)), mention);
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      inMember(constructor, signature(constructor), mention);
    }
    if (type.isRecord()) {
      for (RecordComponent component : type.getRecordComponents()) {
        header.accept(component.getGenericType());
      }
    }
  }

  private static void inMember(Member member, Stream<Type> types, Mention mention) {
    if (isVisible(member.getModifiers()) && !member.isSynthetic()) {
      String where = member.getDeclaringClass().getName() + "." + member.getName();
      types.forEach(found -> forEachClassIn(found, named -> mention.in(named, where)));
    }
  }

  private static Stream<Type> signature(Executable executable) {
    return Stream.of(
        Arrays.stream(executable.getGenericParameterTypes()),
        Arrays.stream(executable.getGenericExceptionTypes()),
        bounds(executable.getTypeParameters()))
        .flatMap(types -> types);
  }

  private static Stream<Type> bounds(TypeVariable<?>[] variables) {
    return Arrays.stream(variables).flatMap(variable -> Arrays.stream(variable.getBounds()));
  }

  private static void forEachClassIn(Type type, Consumer<Class<?>> action) {
    if (type instanceof Class<?> plain) {
      if (plain.isArray()) {
        forEachClassIn(plain.getComponentType(), action);
      } else {
        action.accept(plain);
      }
    } else if (type instanceof ParameterizedType parameterized) {
      forEachClassIn(parameterized.getRawType(), action);
      for (Type argument : parameterized.getActualTypeArguments()) {
        forEachClassIn(argument, action);
      }
    } else if (type instanceof GenericArrayType array) {
      forEachClassIn(array.getGenericComponentType(), action);
    } else if (type instanceof WildcardType wildcard) {
      Arrays.stream(wildcard.getUpperBounds()).forEach(bound -> forEachClassIn(bound, action));
      Arrays.stream(wildcard.getLowerBounds()).forEach(bound -> forEachClassIn(bound, action));
    }
    // The bounds of a type variable are looked at where it is declared.
  }
}
