package org.swinengine.data.list;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a list of images mean what. A column that is not named is found by its header, in any
 * usual form ({@code image_path}, {@code Label}, {@code patient-id}).
 *
 * @param path the column of the images' files; null: the usual ones
 * @param label the column of the labels; null: the usual ones, or columns of zeros and ones. Of CIFAR-100
 *     {@code coarse} or {@code fine}
 * @param split the column of the parts, {@code train}, {@code val} and {@code test}; null: the usual ones
 * @param group the column of what is not to be divided, such as patients; null: the usual ones
 * @param imageRoot the folder that the paths begin in; null: the list's, or one for images beside it
 */
public record ListColumns(
    @Nullable String path, @Nullable String label, @Nullable String split, @Nullable String group,
    @Nullable String imageRoot) {
  /** All as usual. */
  public static final ListColumns USUAL = new ListColumns(null, null, null, null, null);

  /** Whether a line of a table has one of the names, so that it names columns. */
  boolean areIn(List<String> line) {
    return Stream.of(path, label, split, group).filter(Objects::nonNull)
        .flatMap(name -> Stream.of(name.split(","))).map(ColumnNames::plain)
        .anyMatch(name -> line.stream().map(ColumnNames::plain).anyMatch(name::equals));
  }

  /** The same with another column of labels. */
  public ListColumns withLabel(@Nullable String column) {
    return new ListColumns(path, column, split, group, imageRoot);
  }

  /** The same with another column of groups. */
  public ListColumns withGroup(@Nullable String column) {
    return new ListColumns(path, label, split, column, imageRoot);
  }
}
