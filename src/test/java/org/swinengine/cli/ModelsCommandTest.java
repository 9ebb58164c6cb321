package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.models.swin.SwinConfig;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

final class ModelsCommandTest {
  @TempDir
  private Path folder;

  private static String run(String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new ModelsCommand()).setOut(new PrintWriter(out, true));
    assertEquals(0, command.execute(arguments));
    return out.toString();
  }

  @Test
  void modelsAreListedByFamily() {
    List<String> lines = run().lines().toList();
    for (String family : List.of("Swin Transformer", "Swin Transformer V2", "Swin-Unet", "DeiT III")) {
      assertTrue(lines.contains(family), family);
    }
    for (String known : Models.names()) {
      assertTrue(lines.stream().anyMatch(line -> line.startsWith("  " + known + " ")), known);
    }
    String name = "  swin_tiny_patch4_window7_224 ";
    String tiny = lines.stream().filter(line -> line.startsWith(name)).findFirst().get();
    assertTrue(tiny.matches(".* 3x224x224 +28\\.3 M +4\\.49"), tiny);
  }

  @Test
  void allWordsMustBeInTheNameOrTheFamily() {
    String text = run("V2", "base");
    assertTrue(text.contains("swinv2_base_patch4_window8_256"), text);
    assertFalse(text.contains("swinv2_tiny") || text.contains("swin_base"), text);
    assertTrue(run("deit", "iii").contains("deit3_huge_patch14_224"));
  }

  @Test
  void punctuationDoesNotMatter() {
    for (String word : List.of("swinunet", "swin-unet", "SWIN_UNET", "swin unet".split(" ")[1])) {
      assertTrue(run(word).contains("swin_unet_tiny_patch4_window7_224"), word);
    }
    assertTrue(run("pretrained", "swintiny").contains("swin_tiny_patch4_window7_224.ms_in1k"),
        "published ones too");
    assertTrue(run("+").contains("No model has +"), run("+"));
  }

  @Test
  void anotherLibrarysNameIsExplained() {
    assertTrue(run("vit_b_16").contains("vit_b_16 is another name of vit_base_patch16_224."),
        run("vit_b_16"));
    assertTrue(run("resnet50").contains("No model has resnet50"), run("resnet50"));
    assertTrue(run("show", "swin_t").startsWith("swin_tiny_patch4_window7_224: "), run("show", "swin_t"));
  }

  @Test
  void machinesGetTheSameModels() throws Exception {
    JsonNode list = new ObjectMapper().readTree(run("--json", "s3"));
    assertEquals(3, list.size());
    assertEquals(28_328_674, list.get(0).get("parameters").asLong());
    assertEquals("Swin Transformer S3 (AutoFormer V2)", list.get(0).get("family").asText());
  }

  @Test
  void optionsChangeWhatIsShown() throws Exception {
    String text =
        run(
            "show", "swin_tiny_patch4_window7_224", "--opts", "MODEL.NUM_CLASSES", "10", "DATA.IMG_SIZE",
            "448");
    assertTrue(text.contains("images 3x448x448, 10 classes"), text);
    Files.writeString(folder.resolve("base.yaml"), "DATA: {IMG_SIZE: 28}\nMODEL: {SWIN: {WINDOW_SIZE: 7}}\n");
    Path file = folder.resolve("mine.yaml");
    Files.writeString(file, "BASE: [base.yaml]\nMODEL: {NAME: mine, SWIN: {DEPTHS: [2], NUM_HEADS: [3]}}\n");
    String json = run("show", "--cfg", file.toString(), "--opts", "MODEL.NUM_CLASSES", "3", "--json");
    JsonNode node = new ObjectMapper().readTree(json);
    assertEquals("mine", node.get("name").asText());
    assertEquals(3, node.get("classes").asInt());
  }

  /** As every command that takes a model has the options. */
  @Command(name = "any")
  private static final class AnyCommand implements Runnable {
    @Mixin
    private ModelOptions model;
    @Parameters(arity = "0..*")
    private List<String> files = List.of();
    private ModelSpec spec;

    @Override
    public void run() {
      spec = model.isGiven() ? model.specOr(Models.DEFAULT) : null;
    }
  }

  @Test
  void theListOfOptionsEndsAtTheNextOption() {
    AnyCommand any = new AnyCommand();
    int status =
        new CommandLine(any)
            .execute(
                "a.jpg", "--opts", "MODEL.SWIN.WINDOW_SIZE", "8", "DATA.IMG_SIZE", "256", "--model",
                "swin_tiny_patch4_window7_224", "--opts", "MODEL.NUM_CLASSES", "5", "--", "b.jpg");
    assertEquals(0, status);
    assertEquals(List.of("a.jpg", "b.jpg"), any.files);
    assertEquals(8, ((SwinConfig) any.spec.architecture()).windowWidth());
    assertEquals(256, any.spec.imageWidth());
    assertEquals(5, any.spec.classes());
  }

  @Test
  void optionsWithoutAModelAreRefused() {
    StringWriter err = new StringWriter();
    CommandLine command = new CommandLine(new AnyCommand()).setErr(new PrintWriter(err, true));
    assertEquals(2, command.execute("--opts", "MODEL.NUM_CLASSES", "5"));
    assertTrue(err.toString().contains("--opts changes the model of --model or --cfg"), err::toString);
  }
}
