/** Settings that belong together, by name, and the choice of model and recipe that the data suggest. */
@NullMarked
package org.swinengine.train.recipe;

import org.jspecify.annotations.NullMarked;
