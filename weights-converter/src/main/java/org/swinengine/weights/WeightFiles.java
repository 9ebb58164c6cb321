package org.swinengine.weights;

import java.nio.file.Path;
import java.util.Map;

/** Reads any weight file. The contents decide what it is, never the name. */
public final class WeightFiles {
  private WeightFiles() {}

  /**
   * Reads a PyTorch checkpoint, a safetensors, {@code .npz} or {@code .npy} file; the single array of a
   * {@code .npy} file is named {@code arr_0}, as NumPy would. Weights in several files are read by their
   * index ({@code model.safetensors.index.json}), or by the folder that they are in.
   *
   * @throws WeightFileException when the file is none of these or is damaged
   */
  public static StateDict read(Path path) {
    return read(path, null);
  }

  /**
   * The same of a checkpoint that holds several state dicts.
   *
   * @param key of the one that is meant, such as {@code params_ema}; null: the usual one
   * @throws WeightFileException also if the file is no checkpoint of PyTorch, or has none under that key
   */
  public static StateDict read(Path path, String key) {
    WeightFile file = WeightFile.of(ShardedWeights.within(path));
    return key == null ? read(file) : TorchCheckpoint.read(file.path(), key);
  }

  static StateDict read(WeightFile file) {
    FileKind kind = FileKind.of(file);
    return switch (kind) {
      case SAFETENSORS -> Safetensors.read(file.path());
      case NPY -> StateDict.builder().put("arr_0", Npy.read(file.path())).build();
      case ZIP -> readZip(file);
      case TORCH_LEGACY -> TorchLegacy.read(file, null);
      case TAR -> TorchTar.read(file, null);
      case JSON -> ShardedWeights.read(file);
      default -> throw kind.refuse(file);
    };
  }

  private static StateDict readZip(WeightFile file) {
    ZipDirectory directory = ZipDirectory.read(file);
    FileKind.requireOwn(file, directory.entries().keySet());
    boolean torch = directory.entries().keySet().stream()
        .anyMatch(name -> name.endsWith("/" + TorchCheckpoint.PICKLE_ENTRY));
    if (torch) {
      return TorchCheckpoint.read(file, directory, null);
    }
    StateDict.Builder dict = StateDict.builder();
    for (Map.Entry<String, ArrayData> entry : Npz.read(file, directory).entrySet()) {
      dict.put(entry.getKey(), entry.getValue());
    }
    return dict.build();
  }
}
