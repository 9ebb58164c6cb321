/**
 * From a file to answers: weights with all that is known of their model, a loaded model, predictions, and how
 * good they are.
 */
@NullMarked
package org.swinengine.inference;

import org.jspecify.annotations.NullMarked;
