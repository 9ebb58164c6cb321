/** What a run trains for: the targets of its images, the loss, how an epoch is validated and shown. */
@NullMarked
package org.swinengine.train.task;

import org.jspecify.annotations.NullMarked;
