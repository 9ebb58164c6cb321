import java.io.IOException;
import java.nio.file.Path;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.inference.WeightSource;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;

/** Teaches a model the classes of a folder that has a folder of photos for each. */
public final class FineTune {
  private FineTune() {}

  public static void main(String[] arguments) throws IOException {
    WeightSource weights = WeightSource.of(arguments[0]); // a file, a published name, hf:ORG/REPO
    TrainConfig config =
        TrainConfig.forData(Path.of(arguments[1]), weights.spec())
            .fineTuning(FineTuning.NONE.withWeights(weights).withFreeze(Freeze.BACKBONE).withPatience(5))
            .epochs(Integer.parseInt(arguments[2]))
            .batchSize(8)
            .learningRate(1e-2)
            .output(Path.of("runs"))
            .tag("mine")
            .build();
    try (Backend backend = Backends.open("auto")) {
      TrainResult result = new Trainer(config, backend, TrainListener.SILENT).run();
      System.out.println("top-1 " + result.bestTop1() + " % after epoch " + result.bestEpoch());
      System.out.println(result.folder().resolve("best.safetensors")); // LoadedModel.open takes it
    }
  }
}
