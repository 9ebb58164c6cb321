package org.swinengine.weights;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.swinengine.weights.PickleLimits.PickleException;

/**
 * Checkpoints of PyTorch's torch.save (1.6 and newer): a zip archive with a pickle and a file of raw bytes
 * for each storage. The pickle is read as data: nothing in it is executed and no class is looked up.
 *
 * <p>The state dict is found at the top level or under a usual key ({@code model}, {@code state_dict},
 * {@code model_state_dict}, …, {@code model_ema}); nested dictionaries of tensors get names joined by dots.
 * Everything else (epoch, optimizer, arguments) is in {@link StateDict#extras()}.
 */
public final class TorchCheckpoint {
  static final String PICKLE_ENTRY = "data.pkl";
  private static final int MAX_SMALL_ENTRY = 64;

  private TorchCheckpoint() {}

  /** @throws WeightFileException when the file is no checkpoint, is damaged, or holds no state dict */
  public static StateDict read(Path path) {
    return readKey(path, null);
  }

  /**
   * As {@link #read(Path)}, but takes the state dict under the given key of the checkpoint, such as
   * {@code model_ema}.
   */
  public static StateDict read(Path path, String key) {
    return readKey(path, Objects.requireNonNull(key, "key"));
  }

  private static StateDict readKey(Path path, String key) {
    WeightFile file = WeightFile.of(path);
    FileKind kind = FileKind.of(file);
    if (kind == FileKind.TORCH_LEGACY) {
      return TorchLegacy.read(file, key);
    }
    if (kind == FileKind.TAR) {
      return TorchTar.read(file, key);
    }
    kind.require(FileKind.ZIP, file, "PyTorch checkpoint");
    return read(file, ZipDirectory.read(file), key);
  }

  static StateDict read(WeightFile file, ZipDirectory directory, String key) {
    String root = root(file, directory);
    TorchStorages storages = new TorchStorages(file.path().toString(), storageKey -> {
      ZipDirectory.Entry entry = directory.entries().get(root + "data/" + storageKey);
      return entry == null ? null : file.region(entry.dataOffset(), stored(file, entry).size());
    }, isBigEndian(file, directory.entries().get(root + "byteorder")));
    byte[] pickle = bytes(file, directory.entries().get(root + PICKLE_ENTRY), PickleLimits.MAX_BYTES);
    PickleInput in = new PickleInput(pickle);
    PickleLimits limits = new PickleLimits();
    try {
      Object value = new PickleMachine(in, limits, new PickleConstructors(limits), storages::resolve).run();
      if (in.remaining() != 0) {
        throw new PickleException("something follows its end");
      }
      return new CheckpointLayout(file.path(), storages, limits).find(value, key);
    } catch (PickleException e) {
      throw WeightFileException.in(file.path(), "the pickle in the checkpoint is not sound: " + e.getMessage()
          + " (byte " + in.position() + " of " + pickle.length
          + "). The file is damaged or made to deceive; get it again from where it came.", e);
    }
  }

  /** The folder that everything is in, with its slash; its name is the file's first name, or "archive". */
  private static String root(WeightFile file, ZipDirectory directory) {
    String first = directory.entries().keySet().stream().findFirst().orElse("");
    String root = first.substring(0, first.indexOf('/') + 1);
    if (root.isEmpty() || !directory.entries().containsKey(root + PICKLE_ENTRY)) {
      throw WeightFileException.in(file.path(), "this zip archive is no PyTorch checkpoint: it has no folder "
          + "with a "
          + PICKLE_ENTRY + ". Check that this is the file you mean.");
    }
    for (String name : directory.entries().keySet()) {
      if (!name.startsWith(root)) {
        throw WeightFileException.in(file.path(), "the checkpoint has the entry " + Text.quote(name)
            + " outside its folder " + Text.quote(root) + "; torch.save does not write such files.");
      }
    }
    return root;
  }

  private static boolean isBigEndian(WeightFile file, ZipDirectory.Entry entry) {
    if (entry == null) {
      return false;
    }
    String order = new String(bytes(file, entry, MAX_SMALL_ENTRY), StandardCharsets.ISO_8859_1);
    return switch (order) {
      case "little" -> false;
      case "big" -> true;
      default -> throw WeightFileException.in(file.path(), "the checkpoint's byte order is "
          + Text.quote(order)
          + " instead of \"little\" or \"big\"; the file is damaged, get it again.");
    };
  }

  private static ZipDirectory.Entry stored(WeightFile file, ZipDirectory.Entry entry) {
    if (entry.method() != ZipDirectory.STORED) {
      throw WeightFileException.in(file.path(), "the entry " + Text.quote(entry.name())
          + " is compressed, which torch.save never does. If the archive was packed again, unpack it and "
          + "pack it without compression.");
    }
    return entry;
  }

  private static byte[] bytes(WeightFile file, ZipDirectory.Entry entry, int limit) {
    if (stored(file, entry).size() > limit) {
      throw WeightFileException.in(file.path(), "the entry " + Text.quote(entry.name()) + " has "
          + entry.size()
          + " bytes, more than the " + limit + " that make sense; the file is damaged or made to deceive.");
    }
    try {
      return file.read(entry.dataOffset(), (int) entry.size());
    } catch (IOException e) {
      throw WeightFile.unreadable(file.path(), e);
    }
  }
}
