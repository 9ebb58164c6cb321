/** Which places of a picture a model's answer comes from. */
@NullMarked
package org.swinengine.inference.explain;

import org.jspecify.annotations.NullMarked;
