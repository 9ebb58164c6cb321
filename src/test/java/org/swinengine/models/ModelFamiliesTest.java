package org.swinengine.models;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.NameTables;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;

final class ModelFamiliesTest {
  private static final String MODELS = "org.swinengine.models.";

  /** Whose package a family's may see: V2 and Swin-Unet are made of a Swin Transformer's parts. */
  private static final Map<String, List<String>> MAY_SEE =
      new TreeMap<>(
          Map.of("swin", List.of(), "swinv2", List.of("swin"), "swinunet", List.of("swin"), "vit",
              List.of()));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.swinengine");

  static List<String> own() {
    return List.copyOf(MAY_SEE.keySet());
  }

  private static ModelFamily family(String packageName) {
    return ModelFamilies.all().stream()
        .filter(family -> family.getClass().getPackageName().equals(MODELS + packageName))
        .findFirst()
        .orElseThrow();
  }

  /** Nothing knows a family but the list of families, so that a new one is a package and a line. */
  @ParameterizedTest
  @MethodSource("own")
  void aFamilyIsKnownInItsPackageAlone(String family) {
    List<String> mayKnow = new ArrayList<>(List.of(MODELS + family));
    MAY_SEE.forEach(
        (other, seen) -> {
          if (seen.contains(family)) {
            mayKnow.add(MODELS + other);
          }
        });
    noClasses()
        .that()
        .resideOutsideOfPackages(mayKnow.toArray(new String[0]))
        .and()
        .doNotHaveFullyQualifiedName(ModelFamilies.class.getName())
        .should()
        .dependOnClassesThat()
        .resideInAPackage(MODELS + family)
        .because("what the engine has to know of a family is asked of its ModelFamily")
        .check(CLASSES);
  }

  @Test
  void everyPackageOfModelsIsAFamilysAndRegistered() {
    Set<String> packages = new HashSet<>();
    CLASSES.stream()
        .map(type -> type.getPackageName())
        .filter(name -> name.startsWith(MODELS))
        .forEach(name -> packages.add(name.substring(MODELS.length())));
    assertEquals(MAY_SEE.keySet(), packages);
    own().forEach(ModelFamiliesTest::family);
  }

  @ParameterizedTest
  @MethodSource("own")
  void aFamilyAnswersForItsModels(String name) {
    ModelFamily family = family(name);
    ModelSpec spec = family.smallest().orElseThrow();
    assertEquals(family, ModelFamilies.of(spec));
    assertEquals(spec, ModelConfigFile.parse(ModelConfigFile.write(spec), name));
    Set<String> written = new HashSet<>(family.write(spec.architecture()).keySet());
    written.removeAll(family.keys());
    assertEquals(Set.of(), written, "all that is written may be set");
    assertTrue(ModelCost.of(spec).operations() > 0);
    assertTrue(Models.names().stream().anyMatch(known -> ModelFamilies.of(Models.spec(known)) == family));
    for (String torchvision : family.torchvisionNames().values()) {
      assertEquals(family, ModelFamilies.of(Models.spec(torchvision)));
    }
    Model model = Models.create(spec);
    for (ParameterPlace.Part part : List.of(ParameterPlace.Part.EMBEDDING, ParameterPlace.Part.HEAD)) {
      assertTrue(
          model.parameters().stream().anyMatch(p -> ParameterPlace.of(model, p.path()).part() == part),
          () -> name + " has no " + part);
    }
  }

  /** The engine's names are among each family's, or an own checkpoint would be taken for another's. */
  @ParameterizedTest
  @MethodSource("own")
  void namesOfTheEngineAreKnown(String name) {
    ModelFamily family = family(name);
    StateDict.Builder dict = StateDict.builder();
    Models.create(family.smallest().orElseThrow())
        .parameters()
        .forEach(p -> dict.put(p.path(), zeros(p.shape().longDims())));
    StateDict engine = dict.build();
    for (NamedWeights named : List.of(
        ParameterNames.of(engine),
        NamedWeights.of(engine, new NameTables(family.nameTables())),
        ParameterNames.of(engine, family, null, RenameRules.NONE))) {
      assertEquals(family.type(), named.family().orElseThrow());
      assertEquals(engine.names(), named.weights().names());
    }
  }

  private static ArrayData zeros(long[] shape) {
    int n = 1;
    for (long side : shape) {
      n *= (int) side;
    }
    return ArrayData.ofFloats(shape, new float[n]);
  }

  @ParameterizedTest
  @CsvSource({
    "swin, patch_embed.proj.weight, EMBEDDING, -1, -1", "swin, absolute_pos_embed, EMBEDDING, -1, -1",
    "swin, layers.2.blocks.11.attn.qkv.weight, BLOCK, 2, 11",
    "swinv2, layers.0.blocks.1.attn.q_bias, BLOCK, 0, 1",
    "swin, layers.1.downsample.norm.bias, STAGE, 1, -1", "swin, norm.weight, OTHER, -1, -1",
    "swin, head.bias, HEAD, -1, -1", "swinunet, layers.0.downsample.norm.bias, STAGE, 0, -1",
    "swinunet, layers_up.1.blocks.0.norm1.weight, OTHER, -1, -1", "swinunet, output.weight, HEAD, -1, -1",
    "swinunet, norm_up.weight, OTHER, -1, -1", "vit, cls_token, EMBEDDING, -1, -1",
    "vit, reg_token, EMBEDDING, -1, -1", "vit, pos_embed, EMBEDDING, -1, -1",
    "vit, blocks.7.ls1.gamma, BLOCK, -1, 7",
    "vit, fc_norm.weight, OTHER, -1, -1", "vit, pre_logits.fc.weight, OTHER, -1, -1",
    "vit, head_dist.weight, HEAD, -1, -1"
  })
  void parametersHavePlaces(String family, String path, ParameterPlace.Part part, int stage, int block) {
    assertEquals(new ParameterPlace(part, stage, block), family(family).place(path));
  }

  private record Unknown() implements ModelSpec.Architecture {
    @Override
    public String type() {
      return "unknown_net";
    }
  }

  @Test
  void anArchitectureThatNobodyRegisteredIsNamed() {
    ModelSpec spec = new ModelSpec("mine", 8, 8, 1, 3, 0, 0, new Unknown());
    for (Runnable use : List.<Runnable>of(() -> Models.create(spec), () -> ModelConfigFile.write(spec))) {
      String message = assertThrows(ModelConfigException.class, use::run).getMessage();
      assertTrue(message.contains("unknown_net") && message.contains("ModelFamilies.register"), message);
    }
    assertFalse(ModelFamilies.find("unknown_net").isPresent());
  }

  @Test
  void aTypeIsRegisteredOnce() {
    String message =
        assertThrows(
            IllegalArgumentException.class, () -> ModelFamilies.register(ModelFamilies.all().get(0)))
            .getMessage();
    assertTrue(message.contains("swin already"), message);
  }
}
