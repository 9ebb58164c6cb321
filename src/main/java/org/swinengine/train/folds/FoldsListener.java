package org.swinengine.train.folds;

import org.swinengine.models.LoadReport;
import org.swinengine.train.TrainListener;

/** Is told what a cross-validation does, on the thread that trains. */
public interface FoldsListener {
  /** A listener that does nothing. */
  FoldsListener SILENT = new FoldsListener() {};

  /** The first weights of all folds are loaded. */
  default void firstWeights(LoadReport report) {}

  /**
   * A fold begins, or goes on.
   *
   * @param fold its number, from 1
   * @param folds number of all
   * @return who is told what it does
   */
  default TrainListener fold(int fold, int folds) {
    return TrainListener.SILENT;
  }

  /** All folds are done, and what they gave is on the disk; or they were stopped on request. */
  default void finished(FoldsResult result) {}
}
