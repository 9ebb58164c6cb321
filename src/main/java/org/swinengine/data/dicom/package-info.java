/**
 * DICOM files: their elements, their pixels, and what their values mean (DICOM PS3.3, PS3.5). Nothing here
 * knows data sets; {@code DicomDecoder} in the package above makes pictures of what is read here.
 */
@NullMarked
package org.swinengine.data.dicom;

import org.jspecify.annotations.NullMarked;
