package org.swinengine.bench.compare;

import java.util.List;
import java.util.stream.Stream;

/**
 * How a small Swin is trained by ours and by PyTorch with timm, whose options have the same names. Its windows
 * divide the tokens of each stage; where they do not, timm pads others than ours does.
 *
 * @param id in raw results
 * @param title in tables
 * @param model options of ours that make the model, which the script has by itself
 * @param recipe options of both
 */
record CurveRecipe(String id, String title, List<String> model, List<String> recipe) {
  private static final String BOTH =
      "--lr 1e-3 --min-lr 1e-5 --warmup-lr 1e-5 --warmup-steps 100 --weight-decay 0.05 --clip-grad 5"
          + " --label-smoothing 0.1 --drop-path 0.1 --flip 0.5";

  static final CurveRecipe PLAIN =
      new CurveRecipe(
          "fashion-mnist", "Fashion-MNIST, 60,000 + 10,000 images", model(1),
          words("--epochs 3 --batch-size 128", BOTH, "--crop-scale 0 --mean 0.286 --std 0.353"));

  static final CurveRecipe MIXED =
      new CurveRecipe(
          "cifar10-jpeg", "CIFAR-10's JPEG subset, 12,000 + 3,000 photographs", model(3),
          words(
              "--epochs 6 --batch-size 64", BOTH,
              "--crop-scale 0.6 --mean 0.491,0.482,0.447 --std 0.247,0.243,0.262",
              "--aa rand-m9-mstd0.5-inc1 --mixup 0.8 --model-ema-decay 0.995 --model-ema-warmup"));

  static final List<CurveRecipe> ALL = List.of(PLAIN, MIXED);

  private static List<String> model(int channels) {
    return words(
        "--model swin_nano_patch2_window7_28 --channels " + channels,
        "--opts MODEL.SWIN.PATCH_SIZE 4 MODEL.SWIN.WINDOW_SIZE 4 DATA.IMG_SIZE 32");
  }

  private static List<String> words(String... texts) {
    return Stream.of(texts).flatMap(text -> Stream.of(text.split(" "))).toList();
  }

  /** What both are trained with, as a command line. */
  String text() {
    return String.join(" ", recipe);
  }
}
