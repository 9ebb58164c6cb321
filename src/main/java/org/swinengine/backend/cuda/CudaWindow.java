package org.swinengine.backend.cuda;

import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowKernels;

/** Window family on the GPU: {@code window.cu}. */
final class CudaWindow implements WindowKernels {
  private static final String FAMILY = "window";

  private final CudaDevice device;

  CudaWindow(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void cyclicShift(
      int batch, int height, int width, int channels, int shiftHeight, int shiftWidth, Span x, Span y) {
    if (batch == 0 || channels == 0) {
      return;
    }
    CudaBuffer.checkType("cyclicShift", "the result", y, x.buffer().dtype());
    long n = (long) batch * height * width * channels;
    long from = CudaBuffer.address(x, n);
    long to = CudaBuffer.address(y, n);
    Words words = new Words(x.buffer().dtype().bytes(), from | to, channels);
    launch(words.named("cyclicShift"), (long) batch * height, (long) width * words.of(channels))
        .size("height", height)
        .size("width", width)
        .size("channels in words", words.of(channels))
        .size("shift height", Math.floorMod(shiftHeight, height))
        .size("shift width", Math.floorMod(shiftWidth, width))
        .address(x, from)
        .address(y, to)
        .run();
  }

  @Override
  public void partition(WindowGeometry geometry, int channels, Span image, Span windows) {
    gather("partition", geometry, channels, image, windows, true);
  }

  @Override
  public void reverse(WindowGeometry geometry, int channels, Span windows, Span image) {
    gather("reverse", geometry, channels, image, windows, false);
  }

  private void gather(
      String name, WindowGeometry geometry, int channels, Span image, Span windows, boolean partition) {
    if (channels == 0) {
      return;
    }
    CudaBuffer.checkType(name, "the windows", windows, image.buffer().dtype());
    long imageRows = (long) geometry.batch() * geometry.height();
    long windowRows = (long) geometry.batch() * geometry.windows() * geometry.windowHeight();
    long inImage = CudaBuffer.address(image, imageRows * geometry.width() * channels);
    long inWindows = CudaBuffer.address(windows, windowRows * geometry.windowWidth() * channels);
    Words words = new Words(image.buffer().dtype().bytes(), inImage | inWindows, channels);
    long strip = (long) (partition ? geometry.windowWidth() : geometry.width()) * words.of(channels);
    launch(words.named(name), partition ? windowRows : imageRows, strip)
        .size("height", geometry.height())
        .size("window height", geometry.windowHeight())
        .size("shift height", geometry.shiftHeight())
        .size("width", geometry.width())
        .size("window width", geometry.windowWidth())
        .size("shift width", geometry.shiftWidth())
        .flag(geometry.order() == WindowGeometry.PaddingOrder.PAD_THEN_SHIFT)
        .size("channels in words", words.of(channels))
        .address(partition ? image : windows, partition ? inImage : inWindows)
        .address(partition ? windows : image, partition ? inWindows : inImage)
        .run();
  }

  /** A block for each row of so many words. */
  private Launch launch(String name, long rows, long words) {
    return device.launch(device.kernel(FAMILY, name)).grid(rows).block(Words.threads(words));
  }
}
