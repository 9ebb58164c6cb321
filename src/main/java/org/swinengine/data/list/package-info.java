/**
 * Lists of images, their labels, parts and groups: CSV, TSV and JSON lines. They are read and written here;
 * what the images are, {@link org.swinengine.data.Datasets} finds out.
 */
@NullMarked
package org.swinengine.data.list;

import org.jspecify.annotations.NullMarked;
