/** The folder of a run. */
@NullMarked
package org.swinengine.train.folder;

import org.jspecify.annotations.NullMarked;
