/** Swin Transformer. */
@NullMarked
package org.swinengine.models.swin;

import org.jspecify.annotations.NullMarked;
