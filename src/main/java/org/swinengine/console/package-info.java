/** What a person sees while something takes its time; knows nothing of the rest. */
@NullMarked
package org.swinengine.console;

import org.jspecify.annotations.NullMarked;
