package org.swinengine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Philox;

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

  static {
    room("launch");
    room("console");
    room("weights"); // the converter's module, which knows nothing of the engine
    room("backend");
    room("tensor", "backend");
    room("autograd", "tensor", "backend");
    room("ops", "autograd", "tensor", "backend");
    room("nn", "ops", "autograd", "tensor", "backend");
    room("models", "nn", "ops", "autograd", "tensor", "backend", "weights");
    room("optim", "nn", "ops", "autograd", "tensor", "backend");
    room("data", "tensor", "weights", "backend");
    room("pretrained", "models", "nn", "ops", "autograd", "tensor", "backend", "weights", "console");
    room(
        "train", "pretrained", "console", "data", "optim", "models", "nn", "ops", "autograd", "tensor",
        "backend", "weights");
    room(
        "cli", "train", "pretrained", "console", "data", "optim", "models", "nn", "ops", "autograd", "tensor",
        "backend", "weights");
  }

  private static void room(String name, String... mayAlsoSee) {
    MAY_SEE.put(name, List.of(mayAlsoSee));
  }

  /**
   * One class of vectors in a process. Where the virtual machine has seen two, it no longer knows which of them a
   * kernel has before it, and kernels that are compiled later keep their vectors on the heap.
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
        type ->
            assertTrue(
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
  void theDataRoomTakesOnlyRandomNumbersFromTheBackend() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "data..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(ROOT + "backend..").and(not(equivalentTo(Philox.class))))
        .because("data are host arrays; augmentation and models draw from one generator")
        .check(CLASSES);
  }

  @Test
  void onlyTheCpuBackendNamesTheVectorApi() {
    onlyIn("backend.cpu", "jdk.incubator..");
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
}
