package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventFileTest {
  /** As in {@code events.py}. */
  private static final long BEGIN = 1_700_000_000_250L;

  @TempDir
  Path folder;
  private final HandClock clock = new HandClock();

  /** Stands still between two settings. */
  private static final class HandClock extends Clock {
    private long millis = BEGIN;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis);
    }
  }

  private static Path resource(String name) {
    return Path.of("src/test/resources/org/swinengine/report", name);
  }

  private static List<EpochMetrics> epochs() throws IOException {
    return Files.readAllLines(resource("events.jsonl")).stream().map(EpochMetrics::fromJson).toList();
  }

  /** Appends epochs at times a second apart. */
  private EventFile written(List<EpochMetrics> epochs) throws IOException {
    EventFile file = EventFile.begin(folder, List.of(), clock);
    for (EpochMetrics epoch : epochs) {
      clock.millis += 1000;
      file.append(epoch);
    }
    return file;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    }
  }

  private static List<EventReader.Scalar> train(Path file) throws IOException {
    return EventReader.read(file).scalars().stream().filter(value -> value.tag().equals("loss/train"))
        .toList();
  }

  @Test
  void theBytesAreThoseOfTensorBoard() throws IOException {
    EventFile file = written(epochs());
    assertArrayEquals(Files.readAllBytes(resource("events.tfevents")), Files.readAllBytes(file.path()));
  }

  @Test
  void everyNumberOfAnEpochIsAScalarAtItsStep() throws IOException {
    EventReader read = EventReader.read(written(epochs()).path());
    assertTrue(read.whole());
    assertEquals("brain.Event:2", read.version());
    List<EventReader.Scalar> second =
        read.scalars().stream().filter(value -> value.step() == 200).toList();
    assertEquals(11, second.size());
    EventReader.Scalar loss =
        second.stream().filter(value -> value.tag().equals("loss/validation")).findFirst().orElseThrow();
    assertEquals(new EventReader.Scalar(1_700_000_002.25, 200, "loss/validation", 1.1f), loss);
    assertTrue(second.stream().anyMatch(value -> value.tag().equals("training/learning_rate")
        && value.number() == 7.5e-4f));
  }

  @Test
  void whatIsNoNumberIsLeftOut() throws IOException {
    EpochMetrics odd =
        EpochMetrics.fromJson(
            Files.readAllLines(resource("events.jsonl")).get(0)
                .replace("\"val_macro_f1\":0.4412,", "")
                .replace("\"val_loss\":1.523456789", "\"val_loss\":\"NaN\""));
    List<String> tags =
        EventReader.read(written(List.of(odd)).path()).scalars().stream().map(EventReader.Scalar::tag)
            .toList();
    assertFalse(tags.contains("validation/macro_f1"), tags::toString);
    assertFalse(tags.contains("loss/validation"), tags::toString);
    assertTrue(tags.contains("loss/train"), tags::toString);
  }

  @Test
  void theNameSaysWhenAndNothingOfTheMachine() throws IOException {
    EventFile file = written(List.of());
    assertEquals("events.out.tfevents.1700000000.run", file.path().getFileName().toString());
    String host = InetAddress.getLocalHost().getHostName();
    String text = new String(Files.readAllBytes(file.path()), StandardCharsets.ISO_8859_1);
    assertFalse(text.contains(host), host);
  }

  @Test
  void aRunThatGoesOnHasEachEpochOnceAndAtItsTime() throws IOException {
    EventFile killed = written(epochs());
    List<EventReader.Scalar> before = train(killed.path());
    clock.millis += 3_600_000;
    EventFile resumed = EventFile.begin(folder, epochs().subList(0, 2), clock);
    assertEquals(List.of(resumed.path()), files());
    assertTrue(resumed.path().compareTo(killed.path()) > 0, "a reader goes on to later names");
    assertEquals(before.subList(0, 2), train(resumed.path()));
    resumed.append(epochs().get(2));
    List<EventReader.Scalar> after = train(resumed.path());
    assertEquals(3, after.size());
    assertEquals(clock.millis / 1e3, after.get(2).seconds());
  }

  @Test
  void theNewFileVoidsWhatAnOlderOneSays() throws IOException {
    Path file = EventFile.begin(folder, epochs(), clock).path();
    assertEquals(List.of("version", "start", "scalar"), EventReader.read(file).kinds().subList(0, 3));
  }

  @Test
  void resumedWithinTheSameSecondTheNameIsLater() throws IOException {
    Path first = EventFile.begin(folder, List.of(), clock).path();
    Path second = EventFile.begin(folder, List.of(), clock).path();
    assertTrue(second.compareTo(first) > 0);
    assertEquals(List.of(second), files());
  }

  /** Wherever a killed process left off, the file is read up to there and written anew without harm. */
  @Test
  void aTornTailDoesNoHarm() throws IOException {
    byte[] whole = Files.readAllBytes(written(epochs()).path());
    for (int length = 0; length < whole.length; length += 7) {
      Path torn = files().get(0);
      Files.write(torn, Arrays.copyOf(whole, length));
      clock.millis += 1000;
      Path again = EventFile.begin(folder, epochs(), clock).path();
      EventReader read = EventReader.read(again);
      assertTrue(read.whole());
      assertEquals(33, read.scalars().size(), "cut at " + length);
      assertEquals(List.of(again), files());
    }
  }

  @Test
  void timesOfDamagedRecordsAreNotTaken() throws IOException {
    Path file = written(epochs()).path();
    byte[] bytes = Files.readAllBytes(file);
    int total = EventRecords.times(file).size();
    assertEquals(3, total);
    for (int at = 0; at < bytes.length; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x40;
      Files.write(file, damaged);
      EventRecords.times(file).forEach((step, seconds) -> {
        assertTrue(List.of(100L, 200L, 40_000_000_000L).contains(step), () -> "step " + step);
        assertTrue(Math.abs(seconds - BEGIN / 1e3) < 4, () -> "time " + seconds);
      });
    }
  }

  /** A run of before there were such files, or whose file was deleted. */
  @Test
  void withoutAFileTheTimesAreThoseOfTheEpochsLengths() throws IOException {
    List<EventReader.Scalar> values = train(EventFile.begin(folder, epochs(), clock).path());
    double end = BEGIN / 1e3;
    assertEquals(end, values.get(2).seconds());
    assertEquals(end - 0.001, values.get(1).seconds(), 1e-6);
    assertEquals(end - 29.301, values.get(0).seconds(), 1e-6);
  }

  @Test
  void filesOfOthersStay() throws IOException {
    Path other = Files.writeString(folder.resolve("events.out.tfevents.1700000000.somewhere.1.0"), "theirs");
    EventFile.begin(folder, List.of(), clock);
    assertEquals("theirs", Files.readString(other));
    assertEquals(2, files().size());
  }
}
