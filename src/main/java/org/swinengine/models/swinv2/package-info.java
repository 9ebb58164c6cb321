/** Swin Transformer V2. */
@NullMarked
package org.swinengine.models.swinv2;

import org.jspecify.annotations.NullMarked;
