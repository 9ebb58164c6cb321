package org.swinengine.train.task;

import org.swinengine.autograd.Variable;
import org.swinengine.data.Batch;
import org.swinengine.inference.ModelInput;

/** What training batches are held against. */
@FunctionalInterface
public interface TaskLoss {
  /** A batch with what it is held against. */
  interface Targets {
    /**
     * The mean loss; called within a scope, while a tape is open, and again where a step has to be looked at.
     *
     * @param logits of the batch as it is now
     */
    Variable loss(Variable logits);

    /** What the mean is divided by, where that is not the batch's size; 0 where it is. */
    default double weight() {
      return 0;
    }
  }

  /**
   * Takes the targets of a batch, whose images may be mixed with each other for them.
   *
   * @param input what the batch is
   */
  Targets targets(ModelInput input, Batch batch);
}
