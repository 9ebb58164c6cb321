package org.swinengine.data;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A data set whose decoded pictures stay in memory, as many as a number of bytes holds, so that later epochs
 * do not decode them again. The pictures are the data set's own, bit for bit; which of them are kept depends
 * on who came first and changes nothing else.
 *
 * <p>What is kept is never given up for another picture: an epoch asks for every picture once, so that of a
 * cache that exchanges them the next epoch would find nothing.
 */
public final class DecodedCache implements Dataset {
  /** An object, an array and the places that point at them. */
  private static final int OVERHEAD = 64;

  private final Dataset dataset;
  private final long limit;
  private final AtomicReferenceArray<RawImage> pictures;
  private final AtomicLong used = new AtomicLong();

  /**
   * Wraps a data set.
   *
   * @param limit bytes of memory that pictures may take, at least 0; 0 keeps none
   */
  public DecodedCache(Dataset dataset, long limit) {
    if (limit < 0) {
      throw new IllegalArgumentException(
          "the cache of decoded pictures is " + limit + " bytes, but must be at least 0");
    }
    this.dataset = dataset;
    this.limit = limit;
    pictures = new AtomicReferenceArray<>(dataset.size());
  }

  @Override
  public RawImage load(int index) throws IOException {
    RawImage kept = pictures.get(index);
    if (kept != null) {
      return kept;
    }
    RawImage decoded = dataset.load(index);
    long bytes = decoded.pixels().length + (long) OVERHEAD;
    if (reserve(bytes) && !pictures.compareAndSet(index, null, decoded)) {
      used.addAndGet(-bytes);
    }
    return decoded;
  }

  private boolean reserve(long bytes) {
    for (long before = used.get(); before + bytes <= limit; before = used.get()) {
      if (used.compareAndSet(before, before + bytes)) {
        return true;
      }
    }
    return false;
  }

  /** Bytes that the pictures take which are kept now. */
  public long bytes() {
    return used.get();
  }

  @Override
  public int size() {
    return dataset.size();
  }

  @Override
  public List<String> classNames() {
    return dataset.classNames();
  }

  @Override
  public int label(int index) {
    return dataset.label(index);
  }

  @Override
  public boolean isMultiLabel() {
    return dataset.isMultiLabel();
  }

  @Override
  public int[] labels(int index) {
    return dataset.labels(index);
  }

  @Override
  public Optional<String> group(int index) {
    return dataset.group(index);
  }

  @Override
  public boolean isDecoded() {
    return dataset.isDecoded();
  }

  @Override
  public String name(int index) {
    return dataset.name(index);
  }

  @Override
  public String description() {
    return dataset.description();
  }

  @Override
  public Optional<Normalize> normalize() {
    return dataset.normalize();
  }

  @Override
  public Optional<Fingerprint> fingerprint() throws IOException {
    return dataset.fingerprint();
  }

  @Override
  public List<SkippedFile> skipped() {
    return dataset.skipped();
  }

  @Override
  public SampleRange sampleRange() {
    return dataset.sampleRange();
  }

  @Override
  public List<String> remarks() {
    return dataset.remarks();
  }
}
