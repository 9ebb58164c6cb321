package org.swinengine.data.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.data.CenterCrop;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.Transform;

/** A picture and its mask stay aligned, whatever moves them. */
class MasksTest {
  private static final int FILL = 255;
  private static final FillColor BLACK = FillColor.BLACK;
  private static final int HEIGHT = 90;
  private static final int WIDTH = 110;

  /** Fields of 15 pixels, each of one of six classes. */
  private static RawImage mask() {
    byte[] pixels = new byte[HEIGHT * WIDTH];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) ((i / WIDTH / 15 * 5 + i % WIDTH / 15 * 3) % 6);
    }
    return new RawImage(HEIGHT, WIDTH, 1, pixels);
  }

  private static int level(int type, int channel) {
    return 40 + 35 * type - 10 * channel;
  }

  /** A picture whose colours are those of a mask. */
  private static RawImage picture(RawImage mask) {
    byte[] pixels = new byte[3 * mask.pixels().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) level(mask.pixels()[i / 3], i % 3);
    }
    return new RawImage(mask.height(), mask.width(), 3, pixels);
  }

  static Stream<GeometricTransform> movingTransforms() {
    Stream<GeometricTransform> own =
        Stream.of(
            new RandomHorizontalFlip(0.5), new RandomVerticalFlip(0.5), new RandomTurn(false),
            new RandomTurn(true), new RandomCrop(70, 80, 12), new RandomCrop(95, 100, 12, Border.REFLECT),
            new RandomResizedCrop(96, 120, 0.3, 1, 3.0 / 4, 4.0 / 3, Interpolation.BILINEAR),
            new SimpleRandomCrop(100, Interpolation.BICUBIC), new ElasticDeformation(40, 6, BLACK),
            Resize.exactly(130, 140, Interpolation.BILINEAR), new CenterCrop(100, 60),
            new RandomPerspective(0.4, 1, Interpolation.BILINEAR, BLACK));
    Stream<GeometricTransform> filtered =
        Stream.of(Interpolation.values())
            .flatMap(
                filter -> Stream.of(
                    new RandomRotation(-40, 40, filter, BLACK),
                    RandomAffine.rotation(20).withScale(0.8, 1.4).withShear(15, 10).withShift(0.2, 0.1)
                        .withInterpolation(filter)));
    return Stream.concat(own, filtered);
  }

  /** Where 7x7 pixels of the moved mask are of one class, the moved picture has its colour. */
  private static int compareInside(RawImage picture, RawImage mask, int tolerance) {
    assertEquals(mask.height(), picture.height());
    assertEquals(mask.width(), picture.width());
    int compared = 0;
    int margin = 3;
    for (int y = margin; y < mask.height() - margin; y++) {
      for (int x = margin; x < mask.width() - margin; x++) {
        int type = mask.pixels()[y * mask.width() + x] & 255;
        boolean inside = true;
        for (int dy = -margin; dy <= margin; dy++) {
          for (int dx = -margin; dx <= margin; dx++) {
            inside &= (mask.pixels()[(y + dy) * mask.width() + x + dx] & 255) == type;
          }
        }
        if (inside) {
          compared++;
          for (int c = 0; c < 3; c++) {
            int expected = type == FILL ? 0 : level(type, c);
            int value = picture.pixels()[(y * mask.width() + x) * 3 + c] & 255;
            assertTrue(
                Math.abs(expected - value) <= tolerance,
                "class " + type + " at " + y + ", " + x + " has " + value + " in place of " + expected);
          }
        }
      }
    }
    return compared;
  }

  @ParameterizedTest
  @MethodSource("movingTransforms")
  void pictureAndMaskStayAligned(GeometricTransform transform) {
    RawImage mask = mask();
    RawImage picture = picture(mask);
    for (int sample = 0; sample < 12; sample++) {
      DrawnTransform drawn = transform.draw(HEIGHT, WIDTH, new SampleRandom(5, 2, sample, 1));
      RawImage movedMask = drawn.mask(mask, FILL);
      for (byte value : movedMask.pixels()) {
        assertTrue((value & 255) < 6 || (value & 255) == FILL, "a mixed class: " + (value & 255));
      }
      // Pillow cuts fractions off, so that a value between equal ones may be one less.
      int compared = compareInside(drawn.image(picture), movedMask, 1);
      assertTrue(compared > 400, compared + " pixels were inside of a class");
      // apply is the same draw.
      assertArrayEquals(
          drawn.image(picture).pixels(),
          transform.apply(picture, new SampleRandom(5, 2, sample, 1)).pixels());
    }
  }

  /** Policies change colours too; their masks are moved as a picture of the mask's classes is. */
  @Test
  void policiesMoveMasksAsTheyMovePictures() {
    RawImage mask = mask();
    int moved = 0;
    for (String text : List.of("rand-m9-mstd0.5-inc1", "v0", "original", "torchvision", "ta_wide")) {
      GeometricTransform policy = AugmentationPolicy.parse(text, BLACK);
      for (int sample = 0; sample < 40; sample++) {
        DrawnTransform drawn = policy.draw(HEIGHT, WIDTH, new SampleRandom(5, 2, sample, 1));
        RawImage movedMask = drawn.mask(mask, FILL);
        RawImage geometric = drawn instanceof DrawnSequence all ? onlyMoves(all, mask)
            : drawn instanceof DrawnOperation ? picture(mask) : drawn.image(picture(mask));
        assertTrue(compareInside(geometric, movedMask, 1) > 400);
        moved += java.util.Arrays.equals(mask.pixels(), movedMask.pixels()) ? 0 : 1;
      }
    }
    assertTrue(moved > 40, moved + " masks moved");
  }

  private static RawImage onlyMoves(DrawnSequence all, RawImage mask) {
    RawImage picture = picture(mask);
    for (DrawnTransform step : all.steps()) {
      picture = step instanceof DrawnOperation ? picture : step.image(picture);
    }
    return picture;
  }

  @Test
  void aPipelineMovesBoth() {
    RawImage mask = mask();
    List<Transform> steps =
        List.of(
            RandomResizedCrop.standard(96, 96, Interpolation.BICUBIC), new RandomTurn(true),
            RandomAffine.rotation(15).withShift(0.1, 0.1), new ElasticDeformation(30, 6, BLACK),
            new GaussianNoise(0.01, 0.01, 1));
    Normalize plain = new Normalize(new float[3], new float[] {1, 1, 1});
    ImagePipeline pipeline =
        ImagePipeline.of(3, 96, 96, steps, plain).withErasing(RandomErasing.standard(0));
    float[] out = new float[pipeline.floatsPerImage()];
    float[] alone = new float[out.length];
    for (int sample = 0; sample < 8; sample++) {
      RawImage movedMask = pipeline.runWithMask(picture(mask), mask, FILL, 1, 3, sample, out, 0);
      pipeline.run(picture(mask), 1, 3, sample, alone, 0);
      assertArrayEquals(alone, out, "the picture does not depend on whether there is a mask");
      byte[] pixels = new byte[out.length];
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 96 * 96; i++) {
          pixels[3 * i + c] = (byte) Math.round(255 * out[c * 96 * 96 + i]);
        }
      }
      // Noise of 2.55 levels: six deviations.
      assertTrue(compareInside(new RawImage(96, 96, 3, pixels), movedMask, 16) > 1000);
    }
  }

  @Test
  void whatIsNeitherIsRefused() {
    Transform unknown = (image, random) -> image;
    ImagePipeline pipeline =
        ImagePipeline.of(3, HEIGHT, WIDTH, List.of(unknown), Normalize.IMAGENET);
    float[] out = new float[pipeline.floatsPerImage()];
    String message =
        assertThrows(
            IllegalArgumentException.class,
            () -> pipeline.runWithMask(picture(mask()), mask(), FILL, 0, 0, 0, out, 0)).getMessage();
    assertTrue(message.contains("does not say what it does to a mask"), message);
    RawImage small = new RawImage(1, 1, 1, new byte[1]);
    message =
        assertThrows(
            IllegalArgumentException.class,
            () -> pipeline.runWithMask(picture(mask()), small, FILL, 0, 0, 0, out, 0)).getMessage();
    assertTrue(message.contains("the mask is 1x1") && message.contains("90x110"), message);
  }
}
