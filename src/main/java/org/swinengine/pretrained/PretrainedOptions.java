package org.swinengine.pretrained;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How weights may be got.
 *
 * @param cacheFolder where downloads are kept; null: {@code SWIN_CACHE}, else {@code swin-engine} in the
 *     system's folder for caches
 * @param offline whether only files that are there already may be used
 * @param listener is told how downloads get on
 */
public record PretrainedOptions(@Nullable Path cacheFolder, boolean offline, DownloadListener listener) {
  /** The usual folder, downloads allowed, nothing said. */
  public static final PretrainedOptions USUAL = new PretrainedOptions(null, false, DownloadListener.NONE);
}
