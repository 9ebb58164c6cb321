/** Looks at data before a model learns from them: what is broken, twice there, contradictory or uneven. */
@NullMarked
package org.swinengine.data.check;

import org.jspecify.annotations.NullMarked;
