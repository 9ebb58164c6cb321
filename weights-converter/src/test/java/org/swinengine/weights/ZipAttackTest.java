package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that would show different contents to different programs, or more than they have. */
class ZipAttackTest {
  private static final byte[] PICKLE = PickleWriter.openDictWithWeights().raw("u").stop();
  private static final byte[] WEIGHTS = ZipWriter.floats(1.5f, -2);
  @TempDir
  Path folder;

  private StateDict read(byte[] zip) {
    return WeightFiles.read(TestFiles.write(folder, "attack.pth", zip));
  }

  private void assertUnsound(String part, byte[] zip) {
    assertRefused(part, () -> TestFiles.readAll(read(zip)));
  }

  private static ZipWriter open() {
    return new ZipWriter().entry("w/data.pkl", PICKLE);
  }

  @Test
  void aSoundArchiveIsRead() {
    assertArrayEquals(new float[] {1.5f, -2}, read(open().entry("w/data/0",
        WEIGHTS).finish()).get("w").toFloats());
    ZipWriter commented = open().entry("w/data/0", WEIGHTS);
    commented.comment = "a comment".getBytes();
    assertEquals(1, read(commented.finish()).size());
  }

  @Test
  void zip64NumbersAreRead() {
    ZipWriter zip = new ZipWriter();
    zip.zip64 = true;
    byte[] bytes = zip.entry("w/data.pkl", PICKLE).entry("w/data/0", WEIGHTS).finish();
    assertArrayEquals(new float[] {1.5f, -2}, read(bytes).get("w").toFloats());
    int end64 = bytes.length - 22 - 20 - 56;
    for (int position : new int[] {end64, end64 + 4, end64 + 24, end64 + 40, end64 + 48}) {
      byte[] lying = bytes.clone();
      lying[position] ^= 0x40;
      assertRefused("zip", () -> TestFiles.readAll(read(lying)));
    }
  }

  /** 5 GiB on paper: the file system stores the hole in the middle for free. */
  @Test
  void anArchiveBeyondFourGibibytesIsRead() throws IOException {
    long hole = 5L << 30;
    byte[] pickle = PickleWriter.openDictWithWeights().text("pad")
        .tensor("ByteStorage", "1", hole, hole - 2, new long[] {2}, new long[] {1}).raw("u").stop();
    ByteBuffer head = ByteBuffer.wrap(new ZipWriter().entry("w/data.pkl", pickle).entry("w/data/0", WEIGHTS)
        .finish()).order(ByteOrder.LITTLE_ENDIAN);
    int directory = head.getInt(head.limit() - 6);
    long local = directory;
    byte[] name = "w/data/1".getBytes();
    ByteBuffer header = ByteBuffer.allocate(30 + name.length).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0x04034b50).putShort((short) 0).putShort((short) 0x0808).putShort(26, (short) name.length);
    header.position(30);
    header.put(name).flip();
    long centralOffset = local + header.limit() + hole;
    ByteBuffer central = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
    central.put(head.array(), directory, head.limit() - 22 - directory);
    central.putInt(0x02014b50).putInt(0).putShort((short) 0x0808).putShort((short) 0).putLong(0).putInt(
        -1).putInt(-1)
        .putShort((short) name.length).putShort((short) 28).putShort((short) 0).putLong(0).putInt(-1).put(
            name)
        .putShort((short) 1).putShort((short) 24).putLong(hole).putLong(hole).putLong(local);
    int size = central.position();
    central.putInt(0x06064b50).putLong(44).putInt(0).putInt(0).putInt(0).putLong(3).putLong(3).putLong(size)
        .putLong(centralOffset);
    central.putInt(0x07064b50).putInt(0).putLong(centralOffset + size).putInt(1);
    central.putInt(0x06054b50).putInt(0).putShort((short) 3).putShort((short) 3).putInt(size).putInt(-1)
        .putShort((short) 0).flip();
    Path file = folder.resolve("large.pth");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW,
        StandardOpenOption.WRITE)) {
      channel.write(head.limit(directory).position(0), 0);
      channel.write(header, local);
      channel.write(ByteBuffer.wrap(new byte[] {7, 9}), centralOffset - 2);
      channel.write(central, centralOffset);
    }
    assertArrayEquals(new int[] {7, 9}, WeightFiles.read(file).get("pad").toInts());
  }

  @Test
  void localHeadersThatContradictTheDirectoryAreRefused() {
    ZipWriter renamed = open();
    renamed.localName = "w/data/1";
    assertUnsound("contradicts", renamed.entry("w/data/0", WEIGHTS).finish());
    byte[] sound = open().entry("w/data/0", WEIGHTS).finish();
    for (int field : new int[] {6, 8, 26}) {
      byte[] lying = sound.clone();
      lying[field] ^= 2;
      assertUnsound("contradicts", lying);
    }
    byte[] sized = sound.clone();
    sized[18] = 1;
    assertUnsound("contradicts the sizes", sized);
  }

  @Test
  void entriesMayNotOverlapOrRepeat() {
    ZipWriter overlapping = open();
    overlapping.centralOffset = 0;
    overlapping.localName = "w/data/0";
    assertUnsound("overlaps", overlapping.entry("w/data/0", WEIGHTS).finish());
    assertUnsound("two entries", open().entry("w/data/0", WEIGHTS).entry("w/data/0", WEIGHTS).finish());
    ZipWriter longer = new ZipWriter();
    longer.centralSize = PICKLE.length + 40;
    ZipWriter next = longer.entry("w/data.pkl", PICKLE);
    next.centralSize = -1;
    assertUnsound("overlaps", next.entry("w/data/0", WEIGHTS).finish());
  }

  @Test
  void sizesAndOffsetsBeyondTheFileAreRefused() {
    ZipWriter large = open();
    large.centralSize = 0x7fffffff;
    assertUnsound("beyond", large.entry("w/data/0", WEIGHTS).finish());
    ZipWriter far = open();
    far.centralOffset = 0x7fffffff;
    assertUnsound("beyond", far.entry("w/data/0", WEIGHTS).finish());
    ZipWriter missing = open().entry("w/data/0", WEIGHTS);
    missing.entryCountLie = 3;
    assertUnsound("entries instead of", missing.finish());
  }

  @Test
  void encryptionAndCompressionAreRefused() {
    ZipWriter encrypted = open();
    encrypted.flags |= 1;
    assertUnsound("encrypted", encrypted.entry("w/data/0", WEIGHTS).finish());
    ZipWriter odd = open();
    odd.method = 12;
    assertUnsound("method 12", odd.entry("w/data/0", WEIGHTS).finish());
    ZipWriter deflated = open();
    deflated.method = 8;
    assertUnsound("compressed", deflated.entry("w/data/0", WEIGHTS).finish());
  }

  @Test
  void anythingBeforeOrAfterTheArchiveIsRefused() {
    byte[] sound = open().entry("w/data/0", WEIGHTS).finish();
    byte[] prefixed = new byte[sound.length + 4];
    System.arraycopy(sound, 0, prefixed, 4, sound.length);
    System.arraycopy(sound, 0, prefixed, 0, 4);
    assertUnsound("directory", prefixed);
    assertUnsound("end", Arrays.copyOf(sound, sound.length + 1));
    ZipWriter twoEnds = open().entry("w/data/0", WEIGHTS);
    twoEnds.comment = Arrays.copyOfRange(sound, sound.length - 22, sound.length);
    assertUnsound("two ends", twoEnds.finish());
  }

  @Test
  void rootsThatPyTorchWouldNotWriteAreRefused() {
    assertUnsound("outside its folder", open().entry("v/data.pkl", PICKLE).finish());
    assertUnsound("no folder", new ZipWriter().entry("readme", PICKLE).entry("w/data.pkl", PICKLE).finish());
    assertUnsound("byte order", open().entry("w/byteorder", new byte[] {'?'}).finish());
  }

  @ParameterizedTest
  @ValueSource(strings = {"../w/data/0", "/w/data/0", "w\\data\\0", "w/../data/0", "w/data/0\u0000"})
  void namesThatLeaveTheArchiveAreRefused(String name) {
    assertUnsound("entry name", open().entry(name, WEIGHTS).finish());
  }

  @Test
  void aTruncatedFileIsCalledSoAtEveryLength() {
    byte[] sound = open().entry("w/data/0", WEIGHTS).finish();
    for (int length = 4; length < sound.length; length++) {
      byte[] cut = Arrays.copyOf(sound, length);
      assertUnsound("incomplete", cut);
    }
  }

  /**
   * PyTorch does not look at checksums, and torch.serialization.set_crc32_options(False) writes files without
   * sound ones; so they are no reason to refuse a file.
   */
  @Test
  void checksumsAreNotLookedAtAsInPyTorch() {
    byte[] zip = open().entry("w/data/0", WEIGHTS).finish();
    byte[] sum = checksum(WEIGHTS);
    int changed = 0;
    for (int at = 0; at + 4 <= zip.length; at++) {
      if (Arrays.equals(zip, at, at + 4, sum, 0, 4)) {
        zip[at] ^= 1;
        changed++;
      }
    }
    assertEquals(2, changed, "behind the data and in the directory");
    assertArrayEquals(new float[] {1.5f, -2}, read(zip).get("w").toFloats());
  }

  private static byte[] checksum(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) crc.getValue()).array();
  }

  @Test
  void aPickleInAnotherFolderIsNotTheCheckpoints() {
    assertUnsound("no folder",
        new ZipWriter().entry("w/x/data.pkl", PICKLE).entry("w/data/0", WEIGHTS).finish());
    assertArrayEquals(new float[] {1.5f, -2},
        read(open().entry("w/x/data.pkl", new byte[] {'?'}).entry("w/data/0", WEIGHTS).finish())
            .get("w").toFloats());
    assertUnsound("is not in the file", open().entry("w/x/data/0", WEIGHTS).finish());
  }

  /** A link is what its bytes are: nothing is unpacked, so nothing is followed. */
  @Test
  void aSymbolicLinkIsOnlyBytes() {
    byte[] target = "/etc/hosts".getBytes(StandardCharsets.US_ASCII);
    byte[] zip = open().entry("w/data/0", target).finish();
    int attributes = zip.length - 22 - (46 + "w/data/0".length()) + 38;
    ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).putInt(attributes, 0xa1ff << 16);
    assertUnsound("has 10 bytes", zip);
    byte[] sized = open().entry("w/data/0", WEIGHTS).finish();
    ByteBuffer.wrap(sized).order(ByteOrder.LITTLE_ENDIAN).putInt(attributes - 2, 0xa1ff << 16);
    assertArrayEquals(new float[] {1.5f, -2}, read(sized).get("w").toFloats());
  }

  /** PyTorch reads the first of the two, a zip program the second. */
  @Test
  void aLegacyCheckpointWithAnArchiveBehindItIsRefused() throws IOException {
    byte[] legacy = TorchLegacyTest.legacy(3, 0, 3);
    byte[] sound = open().entry("w/data/0", WEIGHTS).finish();
    byte[] both = Arrays.copyOf(legacy, legacy.length + sound.length);
    System.arraycopy(sound, 0, both, legacy.length, sound.length);
    assertUnsound("follow the last storage", both);
    byte[] reversed = Arrays.copyOf(sound, legacy.length + sound.length);
    System.arraycopy(legacy, 0, reversed, sound.length, legacy.length);
    assertUnsound("end", reversed);
  }

  @Test
  void zip64SizesThatLieAreRefused() {
    for (long size : new long[] {Long.MAX_VALUE, 0xffffffffL, 1L << 40, WEIGHTS.length + 1, 0}) {
      ZipWriter zip = new ZipWriter();
      zip.zip64 = true;
      zip.entry("w/data.pkl", PICKLE);
      zip.centralSize = size;
      assertUnsound("attack.pth", zip.entry("w/data/0", WEIGHTS).finish());
    }
    ZipWriter far = new ZipWriter();
    far.zip64 = true;
    far.entry("w/data.pkl", PICKLE);
    far.centralOffset = Long.MAX_VALUE;
    assertUnsound("beyond", far.entry("w/data/0", WEIGHTS).finish());
  }
}
