package org.swinengine.bench.compare;

import java.util.List;
import java.util.stream.Stream;

/**
 * How a small Swin is trained by ours and by PyTorch with timm, whose options have the same names.
 *
 * @param id in raw results
 * @param title in tables
 * @param channels of the images
 * @param side of the images, in pixels
 * @param window side of the windows, which divide the tokens of each stage; where they do not, timm pads
 *     others than ours does
 * @param recipe options of both
 */
record CurveRecipe(String id, String title, int channels, int side, int window, List<String> recipe) {
  private static final String BOTH =
      "--lr 1e-3 --min-lr 1e-5 --warmup-lr 1e-5 --warmup-steps 100 --weight-decay 0.05 --clip-grad 5"
          + " --label-smoothing 0.1 --drop-path 0.1 --flip 0.5";

  static final CurveRecipe PLAIN =
      new CurveRecipe(
          "fashion-mnist", "Fashion-MNIST, 60,000 + 10,000 images", 1, 24, 3,
          words("--epochs 2 --batch-size 128", BOTH, "--crop-scale 0 --mean 0.286 --std 0.353"));

  static final CurveRecipe MIXED =
      new CurveRecipe(
          "cifar10-jpeg", "CIFAR-10's JPEG subset, 12,000 + 3,000 photographs", 3, 32, 4,
          words(
              "--epochs 6 --batch-size 64", BOTH,
              "--crop-scale 0.6 --mean 0.491,0.482,0.447 --std 0.247,0.243,0.262",
              "--aa rand-m9-mstd0.5-inc1 --mixup 0.8 --model-ema-decay 0.995 --model-ema-warmup"));

  static final List<CurveRecipe> ALL = List.of(PLAIN, MIXED);

  private static List<String> words(String... texts) {
    return Stream.of(texts).flatMap(text -> Stream.of(text.split(" "))).toList();
  }

  /** Our options of the model: two stages of two blocks, 32 and 64 channels, patches of 4. */
  List<String> ours() {
    return words(
        "--model swin_nano_patch2_window7_28 --channels " + channels + " --opts MODEL.SWIN.PATCH_SIZE 4",
        "MODEL.SWIN.WINDOW_SIZE " + window + " DATA.IMG_SIZE " + side);
  }

  /** The same for the script, which knows the rest. */
  List<String> theirs() {
    return words("--image-size " + side + " --window " + window);
  }

  /** What both are trained with, as a command line. */
  String text() {
    return String.join(" ", recipe);
  }
}
