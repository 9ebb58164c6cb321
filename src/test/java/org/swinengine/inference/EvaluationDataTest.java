package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.inference.ClassNames.Source;

/** Classes of data and of a model. */
class EvaluationDataTest {
  /** One image of each class. */
  private record Classes(List<String> classNames) implements Dataset {
    @Override
    public int size() {
      return classNames.size();
    }

    @Override
    public int label(int index) {
      return index;
    }

    @Override
    public RawImage load(int index) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String name(int index) {
      return classNames.get(index);
    }

    @Override
    public String description() {
      return "some data";
    }
  }

  private final List<String> notes = new ArrayList<>();

  private List<Integer> labels(List<String> model, Source source, String... data) {
    Dataset given = new Classes(List.of(data));
    Dataset aligned = EvaluationData.withClassesOf(model, source, given, notes);
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < aligned.size(); i++) {
      labels.add(aligned.label(i));
      assertEquals(given.name(i), aligned.name(i));
    }
    return labels;
  }

  @Test
  void theSameClassesStayAsTheyAre() {
    Dataset data = new Classes(List.of("a", "b"));
    assertSame(data, EvaluationData.withClassesOf(List.of("a", "b"), Source.FILE, data, notes));
    assertEquals(List.of(), notes);
  }

  /** Folders are sorted as text, a model's numbers are not. */
  @Test
  void numberedClassesAreMatchedByTheirNames() {
    List<String> numbers = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11");
    assertEquals(
        List.of(0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9),
        labels(numbers, Source.NUMBERS, "0", "1", "10", "11", "2", "3", "4", "5", "6", "7", "8", "9"));
    assertTrue(notes.get(0).contains("the model's order, by their names"), notes::toString);
  }

  @Test
  void someOfTheClassesWillDo() {
    assertEquals(List.of(2, 0), labels(List.of("cat", "cow", "dog"), Source.FILE, "dog", "cat"));
    assertEquals(List.of(1), labels(List.of("cat", "cow", "dog"), Source.PUBLISHER, "cow"));
  }

  @Test
  void otherClassesAreRefused() {
    for (String[] data : new String[][] {{"cat", "wolf"}, {"cat", "dog", "wolf"}, {"x", "y"}}) {
      String message =
          assertThrows(
              IllegalArgumentException.class, () -> labels(List.of("cat", "dog"), Source.FILE, data))
              .getMessage();
      assertTrue(
          message.contains("the model tells 2 classes apart (cat, dog), but some data has " + data.length),
          message);
    }
    assertThrows(IllegalArgumentException.class,
        () -> labels(List.of("0", "1", "2"), Source.NUMBERS, "cat", "dog"));
  }

  /** Publishers write the same classes in another way than folders do. */
  @Test
  void asManyClassesOfAPublisherAreTakenInTheirOrder() {
    assertEquals(List.of(0, 1),
        labels(List.of("tench", "goldfish"), Source.PUBLISHER, "n01440764", "n01443537"));
    assertTrue(notes.get(0).contains("in their order"), notes::toString);
  }
}
