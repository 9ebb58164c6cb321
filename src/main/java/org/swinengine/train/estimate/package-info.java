/** What a run will take, time and memory, before it begins. */
@NullMarked
package org.swinengine.train.estimate;

import org.jspecify.annotations.NullMarked;
