package org.swinengine.backend.cuda.ptx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one kernel of PTX, as nvcc writes it: what the project's kernels use of the language. */
public final class PtxReader {
  private static final Pattern ENTRY = Pattern.compile("\\.visible \\.entry (\\w+)\\(");
  private static final Pattern PARAMETER = Pattern.compile("\\.param \\.\\w+ (\\w+),?");
  private static final Pattern TABLE =
      Pattern.compile("\\.param \\.align \\d+ \\.b8 (\\w+)\\[(\\d+)\\],?");
  private static final Pattern SHARED =
      Pattern.compile("\\.shared \\.align (\\d+) \\.b8 (\\w+)\\[(\\d+)\\];");
  private static final Pattern SHARED_NUMBER =
      Pattern.compile("\\.shared \\.align (\\d+) \\.[bfsu](32|64) (\\w+);");
  private static final Pattern LABEL = Pattern.compile("(\\$\\w+):");
  private static final Pattern OPERAND =
      Pattern.compile("\\{[^}]*\\}|\\[[^\\]]*\\]|[^,\\s][^,]*");
  private static final Pattern ADDRESS = Pattern.compile("\\[([%\\w$]+)(?:\\+(-?\\d+))?\\]");
  private static final int DYNAMIC_ALIGNMENT = 1024;

  private final List<Instruction> code = new ArrayList<>();
  private final List<String> branches = new ArrayList<>();
  private final Map<String, Integer> labels = new HashMap<>();
  private final Map<String, Integer> registers = new HashMap<>();
  private final Map<String, Integer> predicates = new HashMap<>();
  private final Map<String, Long> symbols = new HashMap<>();
  private final List<Long> constants = new ArrayList<>();
  private final List<Integer> specials = new ArrayList<>();
  private String name = "";
  private int parameterWords;
  private int sharedBytes;

  private PtxReader() {}

  /**
   * Reads a kernel.
   *
   * @param text the PTX of this kernel alone, with the file's head
   * @throws IllegalArgumentException at a line that the machine does not know
   */
  public static PtxProgram read(String text) {
    return new PtxReader().program(text);
  }

  private PtxProgram program(String text) {
    List<String> lines = text.lines().map(String::strip).toList();
    for (String line : lines) {
      Matcher shared = SHARED.matcher(line);
      Matcher number = SHARED_NUMBER.matcher(line);
      if (shared.matches()) {
        shared(Integer.parseInt(shared.group(1)), shared.group(2), Integer.parseInt(shared.group(3)));
      } else if (number.matches()) {
        shared(Integer.parseInt(number.group(1)), number.group(3), Integer.parseInt(number.group(2)) / 8);
      }
    }
    sharedBytes = (sharedBytes + DYNAMIC_ALIGNMENT - 1) / DYNAMIC_ALIGNMENT * DYNAMIC_ALIGNMENT;
    symbols.put("dynamicShared", (long) sharedBytes);
    for (String line : lines) {
      try {
        read1(line);
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(name + ": the line `" + line + "` is not understood: "
            + e.getMessage(), e);
      }
    }
    for (int i = 0; i < code.size(); i++) {
      if (code.get(i).op == Op.BRANCH) {
        code.get(i).target = labels.get(branches.get(i));
      }
    }
    PtxFlow.complete(code, registers.size(), predicates.size() + 2);
    return new PtxProgram(name, code, registers.size(), predicates.size() + 2,
        constants.stream().mapToLong(Long::longValue).toArray(),
        specials.stream().mapToInt(Integer::intValue).toArray(), sharedBytes,
        parameterWords);
  }

  private void shared(int alignment, String symbol, int bytes) {
    sharedBytes = (sharedBytes + alignment - 1) / alignment * alignment;
    symbols.put(symbol, (long) sharedBytes);
    sharedBytes += bytes;
  }

  private void read1(String line) {
    Matcher entry = ENTRY.matcher(line);
    Matcher parameter = PARAMETER.matcher(line);
    Matcher table = TABLE.matcher(line);
    Matcher label = LABEL.matcher(line);
    if (entry.find()) {
      name = entry.group(1);
    } else if (parameter.matches()) {
      parameter(parameter.group(1), 1);
    } else if (table.matches()) {
      parameter(table.group(1), (Integer.parseInt(table.group(2)) + 7) / 8);
    } else if (label.matches()) {
      labels.put(label.group(1), code.size());
    } else if (line.startsWith("{") && line.endsWith("}") && line.length() > 2) {
      read1(line.substring(1, line.length() - 1).strip());
    } else if (line.endsWith(";") && !line.startsWith(".")) {
      instruction(line.substring(0, line.length() - 1).strip());
    }
  }

  private void parameter(String parameter, int words) {
    symbols.put(parameter, 8L * parameterWords);
    parameterWords += words;
  }

  private void instruction(String text) {
    Instruction.Parts parts = new Instruction.Parts();
    String rest = text;
    if (rest.startsWith("@")) {
      int end = rest.indexOf(' ') < 0 ? rest.indexOf('\t') : rest.indexOf(' ');
      parts.guardIsNegated = rest.charAt(1) == '!';
      parts.guard = predicate(rest.substring(parts.guardIsNegated ? 2 : 1, end));
      rest = rest.substring(end).strip();
    }
    String[] halves = rest.split("\\s+", 2);
    String code1 = halves[0];
    List<String> operands = new ArrayList<>();
    Matcher matcher = OPERAND.matcher(halves.length > 1 ? halves[1] : "");
    while (matcher.find()) {
      operands.add(matcher.group().strip());
    }
    branches.add(operands.isEmpty() ? "" : operands.get(0));
    Op op = PtxSpelling.op(code1, operands);
    switch (op) {
      case BRANCH, RETURN, BARRIER, SYNC_WARP, COMMIT, WAIT -> {
      }
      case LOAD_PARAMETER -> {
        parts.results = registers(operands.get(0), 64);
        parameterAddress(operands.get(1), parts);
        type(code1, parts);
      }
      case LOAD_GLOBAL, LOAD_SHARED -> {
        parts.results = registers(operands.get(0), 64);
        parts.operands = new int[] {address(operands.get(1), parts)};
        type(code1, parts);
      }
      case STORE_GLOBAL, STORE_SHARED -> {
        int address = address(operands.get(0), parts);
        parts.operands = joined(new int[] {address}, registers(operands.get(1), 64));
        type(code1, parts);
      }
      case LOAD_MATRIX, LOAD_MATRIX_TRANSPOSED -> {
        parts.results = registers(operands.get(0), 32);
        parts.operands = new int[] {address(operands.get(1), parts)};
        parts.bytes = 16;
      }
      case COPY_ASYNC -> {
        parts.operands = new int[] {
          address(operands.get(0), parts), address(operands.get(1), parts),
          register(operands.get(3), 32)};
        parts.bytes = 16;
      }
      case COMPARE -> {
        String[] words = code1.split("\\.");
        parts.comparison = words[1];
        type(code1, parts);
        parts.predicate = predicate(operands.get(0));
        parts.operands = registers(operands.subList(1, operands.size()), parts.size);
      }
      case SELECT -> {
        type(code1, parts);
        parts.results = registers(operands.get(0), parts.size);
        parts.operands = registers(operands.subList(1, 3), parts.size);
        parts.predicate = predicate(operands.get(3));
      }
      case AND_PREDICATE, OR_PREDICATE, XOR_PREDICATE, NOT_PREDICATE, MOVE_PREDICATE -> {
        parts.predicate = predicate(operands.get(0));
        parts.predicates = operands.subList(1, operands.size()).stream()
            .mapToInt(this::predicate).toArray();
      }
      case SHUFFLE_XOR, SHUFFLE_INDEX, SHUFFLE_DOWN, SHUFFLE_UP -> {
        String[] result = operands.get(0).split("\\|");
        parts.results = registers(result[0], 32);
        parts.predicate = result.length > 1 ? predicate(result[1]) : -1;
        parts.operands = registers(operands.subList(1, operands.size()), 32);
      }
      default -> {
        type(code1, parts);
        parts.results = registers(operands.get(0), parts.size);
        int[] read = {};
        for (String operand : operands.subList(1, operands.size())) {
          read = joined(read, registers(operand, parts.size));
        }
        parts.operands = read;
      }
    }
    code.add(new Instruction(op, text, parts));
  }

  /** The last word of an instruction's name that is a type. */
  private static void type(String code, Instruction.Parts parts) {
    String[] words = code.split("\\.");
    for (String word : words) {
      if (word.matches("[bsuf](8|16|32|64)")) {
        parts.kind = word.charAt(0);
        parts.size = Integer.parseInt(word.substring(1));
      }
    }
    parts.bytes = parts.size / 8;
    parts.signed = parts.kind == 's';
    // Of a conversion the first type is the result's; constants are never converted.
    if (code.startsWith("mul.wide")) {
      parts.size = 32;
    }
  }

  private static int[] joined(int[] a, int[] b) {
    int[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private int[] registers(List<String> operands, int size) {
    return operands.stream().mapToInt(operand -> register(operand, size)).toArray();
  }

  private int[] registers(String operand, int size) {
    if (!operand.startsWith("{")) {
      return new int[] {register(operand, size)};
    }
    return registers(
        Arrays.stream(operand.substring(1, operand.length() - 1).split(",")).map(String::strip).toList(),
        size);
  }

  /** In the words that the parameters are, one for each and some for a table. */
  private void parameterAddress(String operand, Instruction.Parts parts) {
    Matcher matcher = ADDRESS.matcher(operand);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(operand + " is no parameter");
    }
    String base = matcher.group(1);
    parts.offset = matcher.group(2) == null ? 0 : Long.parseLong(matcher.group(2));
    if (base.startsWith("%")) {
      parts.operands = new int[] {register(base, 64)};
    } else {
      parts.offset += symbols.get(base);
    }
  }

  private int address(String operand, Instruction.Parts parts) {
    Matcher matcher = ADDRESS.matcher(operand);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(operand + " is no address");
    }
    if (matcher.group(2) != null) {
      parts.offset = Long.parseLong(matcher.group(2));
    }
    return register(matcher.group(1), 64);
  }

  private int predicate(String operand) {
    if (operand.equals("0") || operand.equals("-1") || operand.equals("1")) {
      return operand.equals("0") ? constantPredicate("false") : constantPredicate("true");
    }
    if (!operand.startsWith("%p")) {
      throw new IllegalArgumentException(operand + " is no predicate");
    }
    return predicates.computeIfAbsent(operand, key -> predicates.size() + 2);
  }

  /** The two first predicates are constants. */
  private static int constantPredicate(String which) {
    return which.equals("false") ? 0 : 1;
  }

  private int register(String operand, int size) {
    String key = operand.startsWith("%") ? operand : operand + (size == 32 ? ":32" : "");
    Integer known = registers.get(key);
    if (known != null) {
      return known;
    }
    int number = registers.size();
    registers.put(key, number);
    if (!operand.startsWith("%")) {
      long value = constant(operand);
      constants.add((long) number);
      constants.add(size == 32 ? (int) value : value);
    } else if (operand.contains(".") || operand.equals("%laneid")) {
      specials.add(number);
      specials.add(PtxSpelling.special(operand).ordinal());
    }
    return number;
  }

  private long constant(String operand) {
    Long symbol = symbols.get(operand);
    if (symbol != null) {
      return symbol;
    }
    if (operand.startsWith("0f") || operand.startsWith("0F")) {
      return (int) Long.parseLong(operand.substring(2), 16);
    }
    if (operand.startsWith("0d") || operand.startsWith("0D")) {
      return Long.parseUnsignedLong(operand.substring(2), 16);
    }
    return Long.parseLong(operand);
  }
}
