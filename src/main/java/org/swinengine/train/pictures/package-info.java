/** The pictures of a run's page: what the model saw, and where its mistakes come from. */
@NullMarked
package org.swinengine.train.pictures;

import org.jspecify.annotations.NullMarked;
