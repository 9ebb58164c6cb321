package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.models.ParameterNames;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

/** inspect, convert and fit-batch on weights of other implementations. */
class WeightsCommandsIT {
  @TempDir
  private Path folder;
  private Jar jar;

  @BeforeEach
  void openJar() throws Exception {
    jar = new Jar(folder);
  }

  private static String fixture(String name) throws Exception {
    return Path.of(WeightsCommandsIT.class.getResource("/fixtures/" + name).toURI()).toString();
  }

  @Test
  void fitBatchTakesPyTorchsStepsAndWritesTheSourcesNames() throws Exception {
    String hf = fixture("hf4_swin");
    Jar.Result result =
        jar.run(
            "fit-batch", "--weights", hf + "/weights.safetensors", "--cfg", hf + "/model.yaml", "--input",
            hf + "/input.npy", "--target", hf + "/target.npy", "--steps", "3", "--weight-decay", "0.05",
            "--decay-all", "--names", "source", "--grads-output", "g.safetensors", "--output",
            "o.safetensors")
            .succeeded();
    List<Double> losses = new ArrayList<>();
    for (String line : result.output().lines().toList()) {
      losses.add(new ObjectMapper().readTree(line).get("loss").asDouble());
    }
    JsonNode expected = new ObjectMapper().readTree(Path.of(hf, "case.json").toFile()).get("losses");
    assertEquals(3, losses.size());
    for (int i = 0; i < 3; i++) {
      assertEquals(expected.get(i).asDouble(), losses.get(i), 1e-5 * losses.get(i));
    }
    StateDict gradients = WeightFiles.read(folder.resolve("g.safetensors"));
    StateDict originals = WeightFiles.read(Path.of(hf, "grads.safetensors"));
    assertEquals(originals.names().stream().sorted().toList(), gradients.names().stream().sorted().toList());
    String key = "swin.encoder.layers.1.blocks.0.attention.self.key.weight";
    assertArrayEquals(originals.get(key).toFloats(), gradients.get(key).toFloats(), 1e-6f);
    assertEquals(originals.names(), WeightFiles.read(Path.of(hf, "after3.safetensors")).names());
    assertTrue(Files.exists(folder.resolve("o.safetensors")));
  }

  @Test
  void fitBatchNeedsTheFileForItsNames() throws Exception {
    String hf = fixture("hf4_swin");
    jar.run(
        "fit-batch", "--model", "vit_nano_patch4_28", "--input", hf + "/input.npy", "--target",
        hf + "/target.npy", "--names", "source")
        .failedWith(2, "--names source needs --weights");
  }

  @Test
  void convertedWeightsComeBackBitForBitAndPredictAlike() throws Exception {
    String microsoft = fixture("ms_swin");
    String weights = microsoft + "/weights.safetensors";
    jar.run("convert", weights, "timm.pth", "--to", "timm").succeeded();
    jar.run("convert", "timm.pth", "back.safetensors").succeeded();
    StateDict original = ParameterNames.of(WeightFiles.read(Path.of(weights))).weights();
    StateDict back = WeightFiles.read(folder.resolve("back.safetensors"));
    assertEquals(original.names().stream().sorted().toList(), back.names().stream().sorted().toList());
    original
        .arrays()
        .forEach((name, array) -> assertArrayEquals(array.rawLittleEndian(), back.get(name).rawLittleEndian(),
            name));
    // The checkpoint says what model it is.
    jar.run("infer", "--weights", "back.safetensors", "--input", microsoft + "/input.npy", "--output",
        "y.npy")
        .succeeded();
    LogitsFiles.assertClose(Path.of(microsoft, "logits.npy"), folder.resolve("y.npy"), 1e-5);
  }

  /** As fine-tuned models are evaluated on a part of their classes, ImageNet-22k's on ImageNet-1k. */
  @Test
  void chosenRowsOfTheHeadGiveTheirLogits() throws Exception {
    String microsoft = fixture("ms_swin");
    Files.writeString(folder.resolve("rows.txt"), "7\n0\n9\n");
    jar.run(
        "infer", "--weights", microsoft + "/weights.safetensors", "--cfg", microsoft + "/model.yaml",
        "--class-map",
        "rows.txt", "--input", microsoft + "/input.npy", "--output", "y.npy")
        .succeeded();
    ArrayData all = Npy.read(Path.of(microsoft, "logits.npy"));
    ArrayData chosen = Npy.read(folder.resolve("y.npy"));
    int images = Math.toIntExact(all.shape()[0]);
    int classes = Math.toIntExact(all.shape()[1]);
    assertArrayEquals(new long[] {images, 3}, chosen.shape());
    for (int i = 0; i < images; i++) {
      float[] expected = {
        all.toFloats()[i * classes + 7], all.toFloats()[i * classes], all.toFloats()[i * classes + 9]
      };
      assertArrayEquals(expected, Arrays.copyOfRange(chosen.toFloats(), 3 * i, 3 * i + 3), 1e-5f);
    }
    Files.writeString(folder.resolve("rows.txt"), "7\nten\n");
    jar.run(
        "infer", "--weights", microsoft + "/weights.safetensors", "--class-map", "rows.txt", "--input",
        microsoft + "/input.npy", "--output", "y.npy")
        .failedWith(1, "rows.txt, line 2 is not the number of a row");
  }

  /** Nobody takes the predictions of a model with parts left as they were drawn for those of the file. */
  @Test
  void whatWasNotLoadedIsSaid() throws Exception {
    String weights = fixture("ms_swin") + "/weights.safetensors";
    ImageIO.write(new BufferedImage(60, 50, BufferedImage.TYPE_INT_RGB), "png",
        folder.resolve("a.png").toFile());
    String[] predict = {"predict", "--weights", weights, "a.png"};
    assertFalse(jar.run(predict).succeeded().errors().contains("missing"));
    String[] without = {"predict", "--weights", weights, "--rename", "^norm[.].*=>", "a.png"};
    jar.run(without).failedWith(1, "2 missing (norm.weight");
    String[] lenient = {"predict", "--weights", weights, "--rename", "^norm[.].*=>", "--no-strict", "a.png"};
    String errors = jar.run(lenient).succeeded().errors();
    assertTrue(errors.contains("2 missing (norm.weight"), errors);
  }

  @Test
  void convertSaysWhatADialectHasNoPlaceForAndLeavesTheOldFile() throws Exception {
    Files.writeString(folder.resolve("out.pth"), "old");
    jar.run("convert", fixture("ms_swin_ape") + "/weights.safetensors", "out.pth", "--to", "torchvision",
        "--force")
        .failedWith(1, "absolute_pos_embed");
    assertEquals("old", Files.readString(folder.resolve("out.pth")));
    jar.run("convert", "a.pth", "b.txt").failedWith(2, "b.txt must end in");
    jar.run("convert", "a.pth", "b.pth", "--dtype", "f8").failedWith(2, "--dtype is f8");
  }

  @Test
  void inspectRecognisesTheModel() throws Exception {
    String file = fixture("timm_deit_distilled") + "/weights.safetensors";
    JsonNode node = jar.run("inspect", file, "--json").succeeded().json();
    assertEquals("timm", node.get("dialect").asText());
    assertEquals(10, node.get("model").get("classes").asInt());
    assertEquals(47, node.get("tensors").size());
    assertEquals("float32", node.get("tensors").get(0).get("dtype").asText());
    String text = jar.run("inspect", file).succeeded().output();
    assertTrue(text.contains("DISTILLED: true"), text);
    assertFalse(text.contains("not recognised"), text);
  }
}
