import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.ImageDecoder;
import org.swinengine.inference.FeatureLayer;
import org.swinengine.inference.Features;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Picture;
import org.swinengine.inference.PictureReader;

/** Lists the photos of a folder, those first that a model finds most similar to a photo. */
public final class SimilarPhotos {
  private SimilarPhotos() {}

  public static void main(String[] arguments) throws IOException {
    try (Backend backend = Backends.open("auto"); Stream<Path> files = Files.list(Path.of(arguments[1]))) {
      LoadedModel model = LoadedModel.open(arguments[0], backend);
      List<Picture> photos = files.sorted().map(Picture::of).toList();
      try (PictureReader reader = PictureReader.of(photos, model).batchSize(8).workers(2).start()) {
        Features features = Features.of(model, FeatureLayer.HEAD, reader);
        float[] wanted = model.embed(ImageDecoder.decode(Path.of(arguments[2])));
        for (Features.Neighbour found : features.nearest(wanted, photos.size())) {
          System.out.printf("%.4f %s%n", found.similarity(), Path.of(found.name()).getFileName());
        }
      }
    }
  }
}
