package org.swinengine.data.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a part of a data set holds.
 *
 * @param name of the part
 * @param images that can be read
 * @param classes how many images each class has, in the order of the classes
 * @param sizes how many images have each size, {@code WIDTHxHEIGHT}, the most frequent first
 * @param grey how many images are grey
 * @param mean of all pixels, red, green and blue, from 0 to 1
 * @param deviation of all pixels, as {@code mean}
 */
public record PartSummary(
    String name, int images, Map<String, Integer> classes, Map<String, Integer> sizes, int grey,
    List<Double> mean, List<Double> deviation) {
  static PartSummary of(String name, Map<String, Integer> classes, List<PictureSummary> pictures) {
    Map<String, Integer> bySize = new TreeMap<>();
    long[] sums = new long[3];
    long[] squares = new long[3];
    long pixels = 0;
    int grey = 0;
    for (PictureSummary picture : pictures) {
      bySize.merge(picture.width() + "x" + picture.height(), 1, Integer::sum);
      grey += picture.channels() == 1 ? 1 : 0;
      pixels += (long) picture.width() * picture.height();
      for (int c = 0; c < 3; c++) {
        sums[c] += picture.sums()[c % picture.channels()];
        squares[c] += picture.squares()[c % picture.channels()];
      }
    }
    List<Double> mean = new ArrayList<>();
    List<Double> deviation = new ArrayList<>();
    for (int c = 0; c < 3 && pixels > 0; c++) {
      double average = (double) sums[c] / pixels;
      mean.add(average / 255);
      deviation.add(StrictMath.sqrt(Math.max(0, (double) squares[c] / pixels - average * average)) / 255);
    }
    Map<String, Integer> sizes = new LinkedHashMap<>();
    bySize.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed().thenComparing(Map.Entry
            .comparingByKey()))
        .forEach(size -> sizes.put(size.getKey(), size.getValue()));
    return new PartSummary(name, pictures.size(), classes, sizes, grey, mean, deviation);
  }
}
