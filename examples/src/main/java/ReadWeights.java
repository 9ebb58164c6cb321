import java.nio.file.Path;
import java.util.Arrays;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

/** Reads a file of PyTorch, such as {@code swin.pth}, without Python and without the engine. */
public final class ReadWeights {
  private ReadWeights() {}

  public static void main(String[] arguments) {
    StateDict weights = WeightFiles.read(Path.of(arguments[0]));
    weights.arrays().forEach((name, array) -> {
      double sumOfSquares = 0;
      for (float value : array.toFloats()) {
        sumOfSquares += (double) value * value;
      }
      String shape = Arrays.toString(array.shape());
      System.out.println(name + " " + shape + ", norm " + (float) Math.sqrt(sumOfSquares));
    });
  }
}
