package org.swinengine.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;

class PublishedCheckpointsTest {
  private static PublishedCheckpoint named(String name) {
    return PublishedCheckpoints.named(name);
  }

  @Test
  void everyRowIsSound() {
    Set<String> sources = new HashSet<>();
    for (PublishedCheckpoint checkpoint : PublishedCheckpoints.all()) {
      String name = checkpoint.name();
      assertTrue(sources.add(checkpoint.source()), () -> name + " has the source of another row");
      if (checkpoint.source().startsWith("hf:")) {
        HubRepository.parse(checkpoint.source());
      } else {
        assertEquals("https", URI.create(checkpoint.source()).getScheme(), name);
      }
      assertTrue(checkpoint.imageSize() >= 192 && checkpoint.imageSize() <= 518, name);
      assertTrue(checkpoint.cropRatio() > 0.8 && checkpoint.cropRatio() <= 1, name);
      assertTrue(Set.of("bicubic", "bilinear").contains(checkpoint.interpolation()), name);
      assertTrue(Set.of(1000, 21841, 21843).contains(checkpoint.classes()), name);
      assertTrue(Set.of("MIT", "Apache-2.0", "BSD-3-Clause", "CC-BY-NC-4.0").contains(checkpoint.licence()),
          name);
      // torchvision and DeiT put the first digits into the file's name.
      checkpoint.checksum().ifPresent(
          sha256 -> assertTrue(checkpoint.source().endsWith("-" + sha256 + ".pth")
              && sha256.matches("[0-9a-f]{8}"),
              name));
    }
    assertTrue(sources.size() > 150);
  }

  /** A checkpoint's own name is that of its model too, with the classes and rules of its publisher. */
  @Test
  void everyCheckpointsModelIsKnown() {
    for (PublishedCheckpoint checkpoint : PublishedCheckpoints.all()) {
      ModelSpec spec = Models.spec(checkpoint.model());
      assertEquals(checkpoint.imageSize(), spec.imageHeight(), checkpoint.name());
      ModelSpec published = Models.spec(checkpoint.name());
      assertEquals(spec.name(), published.name(), checkpoint.name());
      assertEquals(checkpoint.classes(), published.classes(), checkpoint.name());
    }
  }

  @Test
  void namesAreThoseOfTimmTorchvisionAndTheOriginals() {
    assertTrue(named("swin_tiny_patch4_window7_224").source().startsWith("https://github.com/"));
    assertEquals("hf:timm/swin_tiny_patch4_window7_224.ms_in1k",
        named("swin_tiny_patch4_window7_224.ms_in1k").source());
    assertEquals("swin_t.IMAGENET1K_V1", named("swin_t").name());
    assertEquals("swinv2_tiny_window8_256.ms_in1k", named("swinv2_tiny_window8_256").name());
    assertEquals("hf:microsoft/swin-tiny-patch4-window7-224",
        named("microsoft/swin-tiny-patch4-window7-224").source());
    PublishedCheckpoint deit = named("deit_tiny_patch16_224");
    assertEquals("a1311bcf", deit.checksum().orElseThrow());
    assertArrayEquals(new float[] {0.485f, 0.456f, 0.406f}, deit.mean());
    assertArrayEquals(
        new float[] {0.5f, 0.5f, 0.5f},
        named("vit_base_patch16_224.augreg2_in21k_ft_in1k").deviation());
  }

  @Test
  void ambiguousAndUnknownNamesAreSentences() {
    String several =
        assertThrows(PretrainedException.class, () -> named("vit_base_patch16_224")).getMessage();
    assertTrue(several.contains("several") && several.contains("vit_base_patch16_224.augreg2_in21k_ft_in1k"),
        several);
    String unknown =
        assertThrows(PretrainedException.class, () -> named("swin_tiny_patch4_windw7_224"))
            .getMessage();
    assertTrue(unknown.contains("did you mean swin_tiny_patch4_window7_224"), unknown);
    assertTrue(unknown.contains("models pretrained"), unknown);
    String brief = assertThrows(PretrainedException.class, () -> named("swin_tny")).getMessage();
    assertTrue(brief.contains("did you mean swin_t"), brief);
  }
}
