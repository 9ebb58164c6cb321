package org.swinengine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Philox;
import org.swinengine.backend.PixelBatch;

/**
 * Who may import whom. Each package below {@code org.swinengine} is a room; a room sees itself and the rooms
 * listed for it, and nothing else of this project.
 */
class ArchitectureTest {
  private static final String ROOT = "org.swinengine.";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.swinengine");

  private static final Map<String, List<String>> MAY_SEE = new LinkedHashMap<>();

  /** Which packages of the CPU backend a package of it may see. */
  private static final Map<String, List<String>> CPU_MAY_SEE =
      Map.ofEntries(
          Map.entry("simd", List.of()),
          Map.entry("runtime", List.of()),
          Map.entry("memory", List.of("runtime")),
          Map.entry("patch", List.of("runtime")),
          Map.entry("window", List.of("runtime")),
          Map.entry("random", List.of("runtime")),
          Map.entry("optimizer", List.of("reduce", "runtime", "simd")),
          Map.entry("attention", List.of("runtime", "simd")),
          Map.entry("peak", List.of("runtime", "simd")),
          Map.entry("pointwise", List.of("runtime", "simd")),
          Map.entry("reduce", List.of("runtime", "simd", "pointwise")),
          Map.entry("loss", List.of("runtime", "pointwise", "reduce", "simd")),
          Map.entry("norm", List.of("runtime", "simd", "pointwise", "reduce")),
          Map.entry("matrix", List.of("runtime", "simd", "norm")));

  static {
    room("launch");
    room("console");
    room("weights"); // the converter's module, which knows nothing of the engine
    room("metrics");
    room("backend");
    room("tensor", "backend");
    room("autograd", "tensor", "backend");
    room("ops", "autograd", "tensor", "backend");
    room("nn", "ops", "autograd", "tensor", "backend");
    room("models", "nn", "ops", "autograd", "tensor", "backend", "weights");
    room("optim", "autograd", "tensor", "backend");
    room("data", "tensor", "weights", "backend");
    room("pretrained", "models", "backend", "weights", "console");
    room(
        "inference", "metrics", "pretrained", "data", "models", "nn", "ops", "autograd", "tensor", "backend",
        "weights");
    room("report", "inference", "metrics", "console", "data", "weights");
    room("fit", "inference", "data", "optim", "models", "nn", "ops", "autograd", "tensor", "backend",
        "weights");
    room(
        "train", "fit", "report", "inference", "metrics", "console", "data", "optim", "models", "nn", "ops",
        "autograd", "tensor", "backend", "weights");
    room("dashboard", "train", "report", "inference", "console", "data", "models", "weights");
    room(
        "cli", "dashboard", "train", "fit", "report", "inference", "metrics", "pretrained", "console", "data",
        "optim",
        "models",
        "nn",
        "ops", "autograd", "tensor", "backend", "weights");
  }

  private static void room(String name, String... mayAlsoSee) {
    MAY_SEE.put(name, List.of(mayAlsoSee));
  }

  /**
   * One class of vectors in a process. Where the virtual machine has seen two, it no longer knows which of
   * them a kernel has before it, and kernels that are compiled later keep their vectors on the heap.
   */
  @Test
  void onlyLanesChoosesVectors() {
    noClasses()
        .that()
        .doNotHaveSimpleName("Lanes")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("jdk\\.incubator\\.vector\\.(VectorShape|(Double|Long|Short|Byte)Vector)")
        .check(CLASSES);
  }

  @Test
  void everyClassIsInARoom() {
    CLASSES.forEach(
        type -> assertTrue(
            MAY_SEE.keySet().stream().anyMatch(room -> isIn(type.getPackageName(), room)),
            type.getName() + " is in no room of the house; add the room here and say whom it may see"));
  }

  private static boolean isIn(String packageName, String room) {
    return packageName.equals(ROOT + room) || packageName.startsWith(ROOT + room + ".");
  }

  @Test
  void roomsSeeOnlyTheRoomsBelow() {
    MAY_SEE.forEach(
        (room, seen) -> {
          List<String> hidden = new ArrayList<>();
          for (String other : MAY_SEE.keySet()) {
            if (!other.equals(room) && !seen.contains(other)) {
              hidden.add(ROOT + other + "..");
            }
          }
          noClasses()
              .that()
              .resideInAPackage(ROOT + room + "..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(hidden.toArray(new String[0]))
              .because("the room " + room + " may see " + (seen.isEmpty() ? "no other room" : seen))
              .allowEmptyShould(true)
              .check(CLASSES);
        });
  }

  /** A permission that nobody needs is one that somebody will use. */
  @Test
  void everyPermissionIsUsed() {
    MAY_SEE.forEach(
        (room, seen) -> assertEquals(
            Set.copyOf(seen), roomsSeenFrom(room), "what " + room + " may see, and what it uses"));
    CPU_MAY_SEE.forEach(
        (family, seen) -> {
          String cpu = ROOT + "backend.cpu.";
          Set<String> used =
              CLASSES.stream()
                  .filter(type -> type.getPackageName().equals(cpu + family))
                  .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                  .map(dependency -> dependency.getTargetClass().getBaseComponentType().getPackageName())
                  .filter(name -> name.startsWith(cpu) && !name.equals(cpu + family))
                  .map(name -> name.substring(cpu.length()))
                  .collect(toSet());
          assertEquals(Set.copyOf(seen), used, "what backend.cpu." + family + " may see, and what it uses");
        });
  }

  private static Set<String> roomsSeenFrom(String room) {
    return CLASSES.stream()
        .filter(type -> isIn(type.getPackageName(), room))
        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
        .map(dependency -> dependency.getTargetClass().getBaseComponentType().getPackageName())
        .flatMap(name -> MAY_SEE.keySet().stream().filter(other -> !other.equals(room) && isIn(name, other)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The tables of {@code docs/ARCHITECTURE.md} name the rooms, and for each the rooms that it may import. */
  @Test
  void theDocumentSaysTheSame() throws IOException {
    Map<String, Set<String>> said = new TreeMap<>();
    String list = "`[a-z.]+`(?:, `[a-z.]+`)*";
    Pattern row = Pattern.compile("\\| (" + list + ") \\|[^|]*\\| (nothing|" + list + ") \\|");
    String within = "";
    for (String line : Files.readAllLines(Path.of("docs", "ARCHITECTURE.md"))) {
      if (line.startsWith("| package (`backend.cpu.…`)")) {
        within = "backend.cpu.";
      }
      Matcher cells = row.matcher(line);
      if (cells.matches()) {
        for (String room : names(cells.group(1), within)) {
          said.put(room, names(cells.group(2), within));
        }
      }
    }
    Map<String, Set<String>> held = new TreeMap<>();
    MAY_SEE.forEach((room, seen) -> held.put(room, new TreeSet<>(seen)));
    held.put("data.augment", Set.of("data"));
    held.put("data.webp", Set.of());
    for (String part : List.of("cpu", "cuda", "profile", "reference")) {
      held.put("backend." + part, Set.of("backend"));
    }
    CPU_MAY_SEE.forEach(
        (family, seen) -> held.put(
            "backend.cpu." + family,
            seen.stream().map(name -> "backend.cpu." + name).collect(toSet())));
    assertEquals(held, said);
  }

  private static Set<String> names(String cell, String within) {
    return Pattern.compile("`([a-z.]+)`").matcher(cell).results().map(name -> within + name.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void theLauncherUsesTheJdkAlone() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "launch..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(ROOT + "launch..", "java..")
        .because("it must start on any JVM, to say what is wrong with it")
        .check(CLASSES);
  }

  @Test
  void theDataRoomTakesOnlyRandomNumbersAndPixelsFromTheBackend() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "data..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(ROOT + "backend..").and(not(equivalentTo(Philox.class)))
                .and(not(belongToAnyOf(PixelBatch.class))))
        .because(
            "data are host arrays, pictures of pixels among them; augmentation and models draw from one"
                + " generator")
        .check(CLASSES);
  }

  /** Formats know nothing of what is made of them; {@code data.check} looks at data sets from outside. */
  @Test
  void formatsKnowNoDataSets() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + "data.list", ROOT + "data.dicom")
        .should()
        .dependOnClassesThat(resideInAnyPackage(ROOT + "data", ROOT + "data.check"))
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(ROOT + "data")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + "data.check")
        .check(CLASSES);
  }

  @Test
  void pipelinesAreGivenTheirTransforms() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "data.augment..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(ROOT + "data.augment..", ROOT + "data", "java..", "org.jspecify..")
        .because("augmentation is pixels and random numbers")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(ROOT + "data")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + "data.augment..")
        .because("a pipeline knows no transform by name")
        .check(CLASSES);
  }

  @Test
  void theWebpDecoderKnowsNothingOfTheEngine() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "data.webp..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(ROOT + "data.webp..", "java..", "org.jspecify..")
        .because("a format's decoder turns bytes into bytes")
        .check(CLASSES);
  }

  @Test
  void onlyTheCpuBackendNamesTheVectorApi() {
    onlyIn("backend.cpu", "jdk.incubator..");
  }

  /**
   * Without the Vector API's module the backend must load: what names its classes is reached through one
   * class.
   */
  @Test
  void vectorLoopsAreReachedThroughTheirProviderAlone() {
    String vector =
        "org\\.swinengine\\.backend\\.cpu\\.(.*\\.)?"
            + "(Vector\\w+(\\$\\w+)?|UnaryLoops\\$Vector|AttentionTiles|GemmTiles\\d"
            + "|Tile(Shape|Choice|SelfTest|Guard)(\\$\\w+)?|Lanes|Simd\\$Processor)";
    String provider = ROOT + "backend.cpu.VectorLoops";
    noClasses()
        .that()
        .haveNameNotMatching(vector)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator..")
        .check(CLASSES);
    noClasses()
        .that()
        .haveNameNotMatching(vector)
        .and()
        .doNotHaveFullyQualifiedName(provider)
        .and()
        // It asks its Processor if the module is there.
        .doNotHaveFullyQualifiedName(ROOT + "backend.cpu.simd.Simd")
        .should()
        .dependOnClassesThat(nameMatching(vector).and(not(name(provider))))
        .check(CLASSES);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(ROOT + "backend.cpu.LoopProvider")
        .and()
        .doNotHaveFullyQualifiedName(provider)
        .should()
        .dependOnClassesThat(name(provider))
        .check(CLASSES);
  }

  @Test
  void familiesOfTheCpuBackendSeeOneAnotherOnlyWhereListed() {
    String cpu = ROOT + "backend.cpu.";
    CLASSES.stream()
        .map(type -> type.getPackageName())
        .filter(name -> name.startsWith(cpu))
        .forEach(
            name -> assertTrue(
                CPU_MAY_SEE.containsKey(name.substring(cpu.length())),
                name + " is not listed here; say which packages of the CPU backend it may see"));
    CPU_MAY_SEE.forEach(
        (family, seen) -> {
          List<String> hidden = new ArrayList<>(List.of(ROOT + "backend.cpu"));
          for (String other : CPU_MAY_SEE.keySet()) {
            if (!other.equals(family) && !seen.contains(other)) {
              hidden.add(cpu + other);
            }
          }
          noClasses()
              .that()
              .resideInAPackage(cpu + family)
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(hidden.toArray(new String[0]))
              .because("the CPU backend's package " + family + " may see " + seen)
              .check(CLASSES);
        });
  }

  @Test
  void onlyTheReferenceNamesEjml() {
    onlyIn("backend.reference", "org.ejml..");
  }

  @Test
  void onlyTheCudaBackendNamesJcuda() {
    onlyIn("backend.cuda", "jcuda..");
  }

  private static void onlyIn(String room, String library) {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + room + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  /** Only the factory that opens backends by name knows them; all else knows the contract. */
  @Test
  void backendsAreKnownByTheirContract() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "backend..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT + "backend.cpu..", ROOT + "backend.reference..", ROOT + "backend.cuda..")
        .check(CLASSES);
    for (String backend : List.of("cpu", "reference", "cuda")) {
      List<String> others = new ArrayList<>(List.of("cpu", "reference", "cuda"));
      others.remove(backend);
      noClasses()
          .that()
          .resideInAPackage(ROOT + "backend." + backend + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(others.stream().map(o -> ROOT + "backend." + o + "..").toArray(String[]::new))
          .allowEmptyShould(true)
          .check(CLASSES);
    }
  }

  /** A class with more fields does several things. */
  @Test
  void noClassOutsideTheBackendsHasManyFields() {
    for (JavaClass type : CLASSES) {
      long fields =
          type.getFields().stream().filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
              .count();
      boolean backend = isIn(type.getPackageName(), "backend");
      assertTrue(backend || fields <= 15,
          type.getName() + " has " + fields + " fields; 15 are enough for one thing");
    }
  }

  @Test
  void theTrainingRoomStaysSmall() {
    List<String> files =
        CLASSES.stream()
            .filter(type -> type.getPackageName().equals(ROOT + "train") && type.isTopLevelClass())
            .map(JavaClass::getSimpleName)
            .toList();
    assertTrue(files.size() < 20, files.size() + " files in train: " + files);
  }
}
