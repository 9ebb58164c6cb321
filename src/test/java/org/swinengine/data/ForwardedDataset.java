package org.swinengine.data;

import java.io.IOException;
import java.util.List;

/** Another data set's pictures, names and classes, for tests that change one thing about it. */
public abstract class ForwardedDataset implements Dataset {
  private final Dataset all;

  /** Of all of its samples. */
  protected ForwardedDataset(Dataset all) {
    this.all = all;
  }

  @Override
  public int size() {
    return all.size();
  }

  @Override
  public List<String> classNames() {
    return all.classNames();
  }

  @Override
  public int label(int index) {
    return all.label(index);
  }

  @Override
  public RawImage load(int index) throws IOException {
    return all.load(index);
  }

  @Override
  public String name(int index) {
    return all.name(index);
  }

  @Override
  public String description() {
    return all.description();
  }
}
