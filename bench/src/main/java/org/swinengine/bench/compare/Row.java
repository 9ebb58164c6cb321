package org.swinengine.bench.compare;

import java.util.List;

/**
 * A model, a batch and what is done with it: a row of the table of float32 rates.
 *
 * @param id for {@code --rows}
 * @param title in the table
 * @param model its name here and in timm
 * @param training a training step, or inference
 * @param size height and width of the images
 */
record Row(String id, String title, String model, int batch, boolean training, int size) {
  static final int SIDE = 224;
  static final String SWIN_T = "swin_tiny_patch4_window7_224";
  static final String SWIN_UNET = "swin_unet_tiny_patch4_window7_224";
  private static final String VIT_B = "vit_base_patch16_224";
  private static final String DEIT_TI = "deit_tiny_patch16_224";

  static final List<Row> ALL =
      List.of(
          infer("swin-8", "Swin-T", SWIN_T, 8),
          infer("swin-1", "Swin-T", SWIN_T, 1),
          infer("vit-8", "ViT-B/16", VIT_B, 8),
          infer("deit-8", "DeiT-Ti", DEIT_TI, 8),
          infer("unet-1", "Swin-Unet 224", SWIN_UNET, 1),
          train("swin-train-8", "Swin-T", SWIN_T, 8),
          train("vit-train-8", "ViT-B/16", VIT_B, 8),
          train("deit-train-8", "DeiT-Ti", DEIT_TI, 8),
          train("unet-train-4", "Swin-Unet 224", SWIN_UNET, 4));

  private static Row infer(String id, String title, String model, int batch) {
    return new Row(id, title + " inference, batch " + batch, model, batch, false, SIDE);
  }

  private static Row train(String id, String title, String model, int batch) {
    return new Row(id, title + " training step, batch " + batch, model, batch, true, SIDE);
  }

  String mode() {
    return training ? "train" : "infer";
  }

  boolean isSwinUnet() {
    return model.equals(SWIN_UNET);
  }

  static Row of(String id) {
    return ALL.stream()
        .filter(row -> row.id.equals(id))
        .findFirst()
        .orElseThrow(() -> new CompareException(
            "--rows: " + id + " is not one of " + String.join(", ", ALL.stream().map(Row::id).toList())));
  }
}
