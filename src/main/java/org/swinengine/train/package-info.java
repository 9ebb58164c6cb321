/** Training: from a configuration to a run folder with checkpoints, metrics and a report. */
@NullMarked
package org.swinengine.train;

import org.jspecify.annotations.NullMarked;
