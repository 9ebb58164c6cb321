import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.ImageDecoder;
import org.swinengine.inference.LoadedModel;

/** Lists the photos of a folder, those first that a model finds most similar to a photo. */
public final class SimilarPhotos {
  private SimilarPhotos() {}

  public static void main(String[] arguments) throws IOException {
    try (Backend backend = Backends.open("auto"); Stream<Path> files = Files.list(Path.of(arguments[1]))) {
      LoadedModel model = LoadedModel.open(arguments[0], backend);
      float[] wanted = model.embed(ImageDecoder.decode(Path.of(arguments[2])));
      Map<Path, Double> likeness = new TreeMap<>();
      for (Path file : (Iterable<Path>) files::iterator) {
        likeness.put(file, cosine(wanted, model.embed(ImageDecoder.decode(file))));
      }
      likeness.keySet().stream().sorted(Comparator.comparing(likeness::get).reversed()).forEach(
          file -> System.out.printf("%.4f %s%n", likeness.get(file), file.getFileName()));
    }
  }

  private static double cosine(float[] a, float[] b) {
    double[] sums = new double[3];
    for (int i = 0; i < a.length; i++) {
      sums[0] += a[i] * b[i];
      sums[1] += a[i] * a[i];
      sums[2] += b[i] * b[i];
    }
    return sums[0] / Math.sqrt(sums[1] * sums[2]);
  }
}
