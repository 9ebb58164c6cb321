/** Training: from a configuration to a run folder with checkpoints, metrics and a report. */
package org.swinengine.train;
