import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.data.Examples;
import org.swinengine.fit.Fit;
import org.swinengine.nn.Activation;
import org.swinengine.nn.Linear;
import org.swinengine.nn.Sequential;
import org.swinengine.tensor.Shape;

/** A net of one's own learns from numbers of one's own: whether a point lies within a circle. */
public final class OwnNet {
  private OwnNet() {}

  public static void main(String[] arguments) throws IOException {
    Sequential net = new Sequential(
        new Linear(2, 32, true), new Activation(UnaryFunction.GELU), new Linear(32, 2, true));
    try (Backend backend = Backends.open("auto")) {
      Fit.of(net, backend).epochs(30).batchSize(16).learningRate(0.02).validation(points(500, 2))
          .listener(System.out::println).best(Path.of("circle.safetensors")).run(points(1000, 1));
      float[] logits = net.infer(Shape.of(1, 2), 0.1f, -0.2f);
      System.out.println(logits[1] > logits[0] ? "within" : "outside");
    }
  }

  private static Examples points(int n, long seed) {
    Random random = new Random(seed);
    float[][] points = new float[n][];
    int[] classes = new int[n];
    for (int i = 0; i < n; i++) {
      points[i] = new float[] {random.nextFloat() * 2 - 1, random.nextFloat() * 2 - 1};
      classes[i] = Math.hypot(points[i][0], points[i][1]) < 0.7 ? 1 : 0;
    }
    return Examples.of(points, classes);
  }
}
