/** Swin-Unet. */
@NullMarked
package org.swinengine.models.swinunet;

import org.jspecify.annotations.NullMarked;
