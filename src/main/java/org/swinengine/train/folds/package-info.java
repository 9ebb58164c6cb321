/** Cross-validation: a run for each fold of the data, and what all of them give together. */
@NullMarked
package org.swinengine.train.folds;

import org.jspecify.annotations.NullMarked;
