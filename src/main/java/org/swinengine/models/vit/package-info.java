/** Vision Transformer. */
@NullMarked
package org.swinengine.models.vit;

import org.jspecify.annotations.NullMarked;
