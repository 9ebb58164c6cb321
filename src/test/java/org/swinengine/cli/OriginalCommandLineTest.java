package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class OriginalCommandLineTest {
  @TempDir
  private Path folder;

  private static void assertBecomes(String expected, String words) {
    OriginalCommandLine original = OriginalCommandLine.of(List.of(words.split(" ")));
    assertEquals(List.of(expected.split(" ")), original.arguments());
    // What it becomes is understood.
    String[] arguments = original.arguments().toArray(String[]::new);
    CommandLine.ParseResult parsed = Main.commandLine(arguments).parseArgs(arguments);
    assertEquals(List.of(), parsed.unmatched());
  }

  @Test
  void theOriginalRepositorysMain() {
    assertBecomes(
        "train --cfg configs/swin.yaml --data-path imagenet --batch-size 64 --accumulation-steps 2"
            + " --use-checkpoint --opts TRAIN.EPOCHS 5",
        "train --cfg configs/swin.yaml --data-path imagenet --batch-size 64 --accumulation-steps 2"
            + " --use-checkpoint --amp-opt-level O1 --fused_window_process --opts TRAIN.EPOCHS 5");
    assertBecomes(
        "eval --cfg swin.yaml --weights swin.pth --data-path imagenet",
        "train --eval --cfg swin.yaml --resume swin.pth --data-path imagenet --output o --tag t");
    assertBecomes(
        "bench --cfg swin.yaml --batch 64",
        "train --cfg swin.yaml --data-path imagenet --batch-size 64 --throughput --disable_amp");
  }

  @Test
  void whatIsOfNoUseIsSaid() {
    OriginalCommandLine original =
        OriginalCommandLine.of(List.of("train", "--local_rank=0", "--epochs", "3", "--disable_amp"));
    assertEquals(List.of("train", "--epochs", "3"), original.arguments());
    assertEquals(
        List.of("--local_rank is of no use here and is ignored",
            "--disable_amp is of no use here and is ignored"),
        original.notes());
  }

  @Test
  void aRunIsResumedByItsCheckpoint() {
    assertBecomes(
        "train --resume --output " + folder + "/runs --tag flowers --epochs 9",
        "train --resume " + folder + "/runs/flowers/last.safetensors --epochs 9");
    assertBecomes("train --resume --tag flowers", "train --resume --tag flowers");
  }

  @Test
  void theFlowerTutorial() {
    assertBecomes(
        "train --epochs 10 --batch-size 8 --lr 0.0001 --data-path flower_photos --pretrained swin.pth"
            + " --freeze-layers --device cuda",
        "train --epochs 10 --batch-size 8 --lr 0.0001 --data-path flower_photos --weights swin.pth"
            + " --freeze-layers True --device cuda:0");
    assertBecomes("train --epochs 1", "train --epochs 1 --freeze-layers False");
    assertBecomes("train --device cuda:1", "train --device cuda:1");
    assertEquals(
        List.of("train"), OriginalCommandLine.of(List.of("train", "--weights", "")).arguments());
  }

  @Test
  void publishedNamesStayPublishedNames() throws IOException {
    assertBecomes(
        "eval --pretrained swin_tiny_patch4_window7_224 --data-path x",
        "train --eval --pretrained swin_tiny_patch4_window7_224 --data-path x");
    Path file = Files.createFile(folder.resolve("w.pth"));
    assertBecomes("eval --weights " + file, "train --eval --pretrained " + file);
  }

  @Test
  void otherCommandsStayAsTheyAre() {
    List<String> words = List.of("eval", "--weights", "x.pth", "--batch-size", "2");
    assertEquals(words, OriginalCommandLine.of(words).arguments());
    assertTrue(OriginalCommandLine.of(List.of()).arguments().isEmpty());
  }
}
