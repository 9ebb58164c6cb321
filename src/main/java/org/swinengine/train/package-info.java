/**
 * Training: from a configuration to a run folder with checkpoints, metrics and a report; evaluation, and
 * loading of what was trained.
 */
package org.swinengine.train;
