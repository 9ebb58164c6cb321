package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line alone shows to be wrong ends with 2, what a file holds with 1. */
class UsageTest {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  @TempDir
  Path folder;

  @Test
  void namesThatThereAreNot() {
    for (String command : new String[] {"train", "bench", "gradcheck"}) {
      Ran.of(command, "--model", "swin_tiny_patch4_window7_244").failedWith(USAGE, "did you mean");
      Ran.of(command, "--model", "swin_t", "--device", "tpu").failedWith(USAGE, "tpu", "cpu");
    }
    Ran.of("models", "show", "nonsense").failedWith(USAGE, "nonsense", "models show --help");
    Ran.of("train", "--device", "cpu", "--amp", "fp8").failedWith(USAGE, "--amp", "fp8");
    Ran.of("train", "--device", "cpu", "--amp", "bf16").failedWith(USAGE, "bf16 needs a GPU");
    Ran.of("bench", "--device", "cpu", "--cuda-graphs", "no").failedWith(USAGE, "--cuda-graphs is \"no\"");
    Ran.of("bench", "--device", "cpu", "--cuda-graphs", "on").failedWith(
        USAGE, "need a GPU", "--cuda-graphs at auto");
    Ran.of("train", "--cublas", "maybe").failedWith(USAGE, "--cublas", "maybe", "auto, on or off");
    Ran.of("train", "--device", "cpu", "--cublas", "on").failedWith(USAGE, "--cublas on needs a GPU");
    Ran.of("bench", "--device", "reference", "--cudnn", "on").failedWith(USAGE, "--cudnn on needs a GPU");
    Ran.of("bench", "--device", "cpu", "--tf32", "yes").failedWith(USAGE, "--tf32 is \"yes\"", "on or off");
    Ran.of("train", "--device", "cpu", "--tf32", "on").failedWith(USAGE, "device cpu",
        "--tf32 on needs a GPU");
    Ran.of("bench", "--device", "reference", "--tf32", "on").failedWith(
        USAGE,
        "device reference", "--tf32 on needs a GPU");
    Ran.of("train", "--device", "cuda", "--amp", "bf16", "--tf32", "on").failedWith(USAGE, "--tf32 on",
        "--amp bf16", "leave one of the two out");
    Ran.of("bench", "--model", "swin_t", "--threads", "-1").failedWith(USAGE, "--threads is -1");
  }

  @Test
  void optionsThatTheModelDoesNotTake() throws IOException {
    Ran.of("train", "--model", "swin_t", "--opts", "MODEL.SWIN.WINDOW", 8).failedWith(USAGE,
        "did you mean MODEL.SWIN");
    Ran.of("train", "--model", "swin_t", "--skips", 1).failedWith(USAGE, "--skips", "swin_t");
    Ran.of("train", "--model", "vit_nano_patch4_28", "--image-size", 10).failedWith(USAGE, "patches");
    Ran.of("models", "show", "vit_base_patch16_224", "--size", 225).failedWith(USAGE, "225");
    Ran.of("train", "--model", "vit_base_patch16_224", "--opts", "DATA.IMG_SIZE", 225)
        .failedWith(USAGE, "225");
    Ran.of("train", "--model", "swin_t", "--task", "segment").failedWith(USAGE, "--task segment");
    Ran.of("train", "--model", "swin_unet_tiny_patch4_window7_224", "--task", "classify")
        .failedWith(USAGE, "segments");
  }

  @Test
  void whatAFileHolds() throws IOException {
    TinyWorld world = new TinyWorld(folder);
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(wrong, "MODEL: {TYPE: swan}\n");
    Ran.of("train", "--cfg", wrong).failedWith(FAILED, "swan");
    Ran.of("train", "--cfg", wrong, "--opts", "MODEL.NAME", "x").failedWith(FAILED, "swan");
    Ran.of("train", "--cfg", folder.resolve("none.yaml")).failedWith(FAILED, "none.yaml");
    Ran.of("train", "--cfg", world.model(), "--opts", "MODEL.NAMES", "x").failedWith(USAGE, "MODEL.NAME");
    Ran.of("train", "--cfg", world.model(), "--image-size", 10, world.data())
        .failedWith(USAGE, "cannot be cut");
    Path uneven = folder.resolve("uneven.yaml");
    Files.writeString(
        uneven,
        """
        DATA: {IMG_SIZE: 225}
        MODEL: {TYPE: vit, NAME: uneven, VIT: {PATCH_SIZE: 16, EMBED_DIM: 64, DEPTH: 1, NUM_HEADS: 2}}
        """);
    Ran.of("models", "show", "--cfg", uneven).failedWith(FAILED, "225");
    Ran.of("bench", "--cfg", uneven, "--device", "cpu").failedWith(FAILED, "225");
    Ran.of("train", folder.resolve("nowhere")).failedWith(FAILED, "nowhere");
  }
}
