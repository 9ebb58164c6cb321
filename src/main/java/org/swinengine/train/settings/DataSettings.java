package org.swinengine.train.settings;

import org.jspecify.annotations.Nullable;
import org.swinengine.data.list.ListColumns;

/**
 * How the data are read and divided.
 *
 * @param validationFraction share of each class set aside where the data have no validation part
 * @param pathColumn of a list: the column of the files; empty: found by its name
 * @param labelColumn of a list: the column of the labels, or columns of zeros and ones; empty: found by name
 * @param splitColumn of a list: the column of the parts; empty: found by its name
 * @param groupColumn of a list: the column of what is not to be divided; empty: found by its name
 * @param imageRoot the folder that the paths of a list begin in; empty: the list's
 * @param groupPattern a regular expression on paths whose first capture is what is not to be divided; empty:
 *     what a list says
 */
public record DataSettings(
    @Setting(
        help = "Share of each class for validation, where the data have no such part.",
        usual = "0.2", label = "F", least = Double.MIN_NORMAL,
        most = 1 - 0x1p-53) double validationFraction,
    @Setting(help = "Column of the files.", usual = "", option = false) String pathColumn,
    @Setting(help = "Column of the labels.", usual = "", option = false) String labelColumn,
    @Setting(help = "Column of the parts.", usual = "", option = false) String splitColumn,
    @Setting(help = "Column of the groups.", usual = "", option = false) String groupColumn,
    @Setting(help = "Folder of the paths.", usual = "", option = false,
        changesResult = false) String imageRoot,
    @Setting(help = "Groups by path.", usual = "", option = false) String groupPattern) {
  /** The columns of a list. */
  public ListColumns columns() {
    return new ListColumns(
        orNull(pathColumn), orNull(labelColumn), orNull(splitColumn), orNull(groupColumn),
        orNull(imageRoot));
  }

  /** The expression of groups; null: what a list says. */
  public @Nullable String groups() {
    return orNull(groupPattern);
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
