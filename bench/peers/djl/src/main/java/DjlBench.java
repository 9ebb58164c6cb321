import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoopTranslator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Times passes of a traced model in DJL with its PyTorch engine, by the rule of the scripts beside it. */
public final class DjlBench {
  private static final int LEAST_PASSES = 3;

  private DjlBench() {}

  /** A pass over a batch. */
  private interface Pass {
    void run() throws Exception;
  }

  /** {@code --file --batch --image-size --threads --seconds}, each with a value. */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    int batch = Integer.parseInt(options.get("--batch"));
    int size = Integer.parseInt(options.get("--image-size"));
    double seconds = Double.parseDouble(options.get("--seconds"));
    System.setProperty("ai.djl.pytorch.num_threads", options.get("--threads"));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("ai.djl.offline", "true");
    Path file = Path.of(options.get("--file"));
    String name = file.getFileName().toString();
    double median;
    try (Model model = Model.newInstance(name, Device.cpu(), "PyTorch");
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      model.load(file.getParent(), name.substring(0, name.lastIndexOf('.')));
      NDArray images = manager.randomUniform(-1, 1, new Shape(batch, 3, size, size));
      NDList input = new NDList(images);
      try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
        Pass pass = () -> {
          try (NDList output = predictor.predict(input)) {
            output.singletonOrThrow().toFloatArray();
          }
        };
        repeat(pass, seconds / 3);
        median = median(repeat(pass, seconds * 2 / 3));
      }
    }
    System.out.printf(
        Locale.ROOT,
        "{\"batch\": %d, \"mode\": \"infer\", \"threads\": %s, \"images_per_second\": %.3f, "
            + "\"step_ms\": %.3f, \"peak_rss_mb\": %d, \"djl\": \"%s, PyTorch %s\"}%n",
        batch, options.get("--threads"), batch / median, median * 1e3, peakMegabytes(),
        Engine.getDjlVersion(), Engine.getEngine("PyTorch").getVersion());
  }

  private static List<Double> repeat(Pass pass, double seconds) throws Exception {
    List<Double> times = new ArrayList<>();
    long start = System.nanoTime();
    while (times.size() < LEAST_PASSES || System.nanoTime() - start < seconds * 1e9) {
      long before = System.nanoTime();
      pass.run();
      times.add((System.nanoTime() - before) / 1e9);
    }
    return times;
  }

  private static double median(List<Double> times) {
    Collections.sort(times);
    int middle = times.size() / 2;
    return times.size() % 2 == 1 ? times.get(middle) : (times.get(middle - 1) + times.get(middle)) / 2;
  }

  private static long peakMegabytes() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1_000_000;
      }
    }
    return 0;
  }
}
