package org.swinengine.pretrained;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Held by the one thread of the one process that downloads a file. The operating system lets go of it when
 * the process ends, however it ends. Its file {@code .name.lock} stays: removing it would let two in.
 */
final class FileLatch implements AutoCloseable {
  private static final long LOOK_AGAIN_MILLIS = 200;

  // A file lock belongs to the process; between its threads another one is needed.
  private static final ConcurrentHashMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private final ReentrantLock thread;
  private final FileChannel channel;

  private FileLatch(ReentrantLock thread, FileChannel channel) {
    this.thread = thread;
    this.channel = channel;
  }

  /** Waits until nobody else downloads the file. */
  static FileLatch acquire(Path file, DownloadListener listener) throws IOException {
    Path lock = file.resolveSibling("." + file.getFileName() + ".lock").toAbsolutePath().normalize();
    ReentrantLock thread = THREADS.computeIfAbsent(lock, path -> new ReentrantLock());
    try {
      thread.lockInterruptibly();
    } catch (InterruptedException e) {
      throw HttpTransport.interrupted();
    }
    FileChannel channel = null;
    try {
      if (Files.isSymbolicLink(lock)) {
        // Somebody else's file is at its end.
        Files.delete(lock);
      }
      channel =
          FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
      boolean told = false;
      for (FileLock held = channel.tryLock(); held == null; held = channel.tryLock()) {
        if (!told) {
          listener.waiting(file);
          told = true;
        }
        Thread.sleep(LOOK_AGAIN_MILLIS);
      }
      return new FileLatch(thread, channel);
    } catch (InterruptedException e) {
      release(thread, channel);
      throw HttpTransport.interrupted();
    } catch (IOException | RuntimeException e) {
      release(thread, channel);
      throw e;
    }
  }

  private static void release(ReentrantLock thread, @Nullable FileChannel channel) throws IOException {
    try {
      if (channel != null) {
        channel.close();
      }
    } finally {
      thread.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    release(thread, channel);
  }
}
