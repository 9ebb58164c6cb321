package org.swinengine.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.Global;
import org.swinengine.weights.PickleValues.PickleDict;
import org.swinengine.weights.PickleValues.PickleList;
import org.swinengine.weights.PickleValues.PickleObject;
import org.swinengine.weights.PickleValues.PickleSet;
import org.swinengine.weights.PickleValues.PickleTuple;

/**
 * Runs the binary opcodes of Python's pickle (protocols 2 to 5) without Python's meaning of them: a name
 * stays a name, and a call makes data or a note that a call was asked for. So there is nothing that a pickle
 * could make happen, not even before a broken byte. Nesting costs no Java stack.
 */
final class PickleMachine {
  /** Makes what a call stands for; must not have effects. */
  interface Caller {
    Object call(Object callable, PickleTuple arguments);
  }

  private final PickleInput in;
  private final PickleLimits limits;
  private final Caller caller;
  private final Function<Object, Object> persistentIds;
  private final List<Object> stack = new ArrayList<>();
  /** Heights of the stack at which the open marks stand. */
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  PickleMachine(PickleInput in, PickleLimits limits, Caller caller, Function<Object, Object> persistentIds) {
    this.in = in;
    this.limits = limits;
    this.caller = caller;
    this.persistentIds = persistentIds;
  }

  /** Runs up to and including STOP; the input then stands behind it. */
  Object run() {
    while (true) {
      int opcode = in.u8();
      if (opcode == '.') {
        Object result = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
          throw new PickleException("it ends with more than one object");
        }
        return result;
      }
      step(opcode);
    }
  }

  private void step(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(in.u8());
      case 0x95 -> frame(in.i64());
      case '(' -> mark();
      case '0' -> discard();
      case '1' -> popToMark();
      case '2' -> push(top());
      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) in.i32());
      case 'K' -> push((long) in.u8());
      case 'M' -> push((long) in.u16());
      case 0x8a -> push(in.integer(in.u8()));
      case 0x8b -> push(in.integer(in.i32()));
      case 'G' -> push(in.bigEndianDouble());
      case 'X' -> push(in.utf8(in.u32()));
      case 0x8c -> push(in.utf8(in.u8()));
      case 0x8d -> push(in.utf8(in.i64()));
      case 'U' -> push(in.latin1(in.u8()));
      case 'T' -> push(in.latin1(in.i32()));
      case 'C' -> push(in.bytes(in.u8()));
      case 'B' -> push(in.bytes(in.u32()));
      case 0x8e, 0x96 -> push(in.bytes(in.i64()));
      case 'q' -> memoize(in.u8());
      case 'r' -> memoize(in.u32());
      case 0x94 -> memoize(memo.size());
      case 'h' -> recall(in.u8());
      case 'j' -> recall(in.u32());
      default -> stepContainer(opcode);
    }
  }

  private void stepContainer(int opcode) {
    switch (opcode) {
      case ')' -> push(PickleTuple.EMPTY);
      case 0x85 -> push(new PickleTuple(pop()));
      case 0x86 -> push(new PickleTuple(popLast(2)));
      case 0x87 -> push(new PickleTuple(popLast(3)));
      case 't' -> push(new PickleTuple(popToMark()));
      case ']' -> push(new PickleList());
      case 'l' -> {
        PickleList list = new PickleList();
        append(list, popToMark());
        push(list);
      }
      case 'a' -> appendTo(popLast(1));
      case 'e' -> appendTo(popToMark());
      case '}' -> push(new PickleDict());
      case 'd' -> {
        PickleDict dict = new PickleDict();
        putAll(dict, popToMark());
        push(dict);
      }
      case 's' -> setItems(popLast(2));
      case 'u' -> setItems(popToMark());
      case 0x8f -> push(new PickleSet());
      case 0x90 -> addItems(popToMark());
      case 0x91 -> {
        PickleSet set = new PickleSet();
        append(set, popToMark());
        push(set);
      }
      default -> stepObject(opcode);
    }
  }

  private void stepObject(int opcode) {
    switch (opcode) {
      case 'c' -> push(new Global(in.line(), in.line()));
      case 0x93 -> {
        Object[] names = popLast(2);
        if (!(names[0] instanceof String module && names[1] instanceof String name)) {
          throw new PickleException("the name of a class is no text");
        }
        if (module.length() + (long) name.length() > PickleInput.MAX_LINE) {
          throw new PickleException("the name of a class has no end");
        }
        push(new Global(module, name));
      }
      case 'R', 0x81 -> {
        Object[] call = popLast(2);
        push(call(call[0], call[1]));
      }
      case 0x92 -> {
        Object[] call = popLast(3);
        Object made = call(call[0], call[1]);
        if (made instanceof PickleObject object && call[2] instanceof PickleDict keywords) {
          limits.countValues(keywords.keys.size());
          object.entries.keys.addAll(keywords.keys);
          object.entries.values.addAll(keywords.values);
        }
        push(made);
      }
      case 'i' -> {
        Global type = new Global(in.line(), in.line());
        push(call(type, new PickleTuple(popToMark())));
      }
      case 'o' -> {
        Object[] call = popToMark();
        if (call.length == 0) {
          throw new PickleException("an object has no class");
        }
        Object[] arguments = new Object[call.length - 1];
        System.arraycopy(call, 1, arguments, 0, arguments.length);
        push(call(call[0], new PickleTuple(arguments)));
      }
      case 'b' -> build(pop());
      case 'Q' -> push(persistentIds.apply(pop()));
      default -> throw new PickleException(
          String.format("the opcode 0x%02x is not one that torch.save would write", opcode));
    }
  }

  private static void protocol(int version) {
    if (version > 5) {
      throw new PickleException("pickle protocol " + version + " is not known");
    }
  }

  private void frame(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new PickleException("a frame reaches beyond the end");
    }
  }

  private Object call(Object callable, Object arguments) {
    if (!(callable instanceof Global || callable instanceof PickleObject)) {
      throw new PickleException("it calls something that is no class or function");
    }
    if (!(arguments instanceof PickleTuple tuple)) {
      throw new PickleException("the arguments of " + describe(callable) + " are no tuple");
    }
    return caller.call(callable, tuple);
  }

  private static String describe(Object callable) {
    return callable instanceof Global global ? Text.quote(global.toString()) : "a call";
  }

  private void build(Object state) {
    Object target = top();
    if (target instanceof PickleObject object) {
      object.state = state;
    } else if (target == null || target instanceof Boolean || target instanceof Number
        || target instanceof String
        || target instanceof byte[] || target instanceof PickleTuple || target instanceof Global) {
      throw new PickleException("it sets attributes of something that has none");
    }
    // Lists, dictionaries and tensors: attributes such as a state dict's "_metadata" tell nothing about the
    // weights.
  }

  private void appendTo(Object[] items) {
    Object target = top();
    if (target instanceof PickleList || target instanceof PickleObject) {
      append(target, items);
    } else {
      throw new PickleException("it appends to something that is no list");
    }
  }

  private void addItems(Object[] items) {
    if (!(top() instanceof PickleSet set)) {
      throw new PickleException("it adds to something that is no set");
    }
    append(set, items);
  }

  private static void append(Object target, Object[] items) {
    List<Object> list = target instanceof PickleList known ? known.items
        : target instanceof PickleSet set ? set.items : ((PickleObject) target).items;
    for (Object item : items) {
      list.add(item);
    }
  }

  private void setItems(Object[] items) {
    Object target = top();
    if (target instanceof PickleDict dict) {
      putAll(dict, items);
    } else if (target instanceof PickleObject object) {
      putAll(object.entries, items);
    } else {
      throw new PickleException("it stores by key in something that is no dictionary");
    }
  }

  private static void putAll(PickleDict dict, Object[] items) {
    if (items.length % 2 != 0) {
      throw new PickleException("a key of a dictionary has no value");
    }
    for (int i = 0; i < items.length; i += 2) {
      dict.put(items[i], items[i + 1]);
    }
  }

  private void memoize(long index) {
    if (memo.size() >= PickleLimits.MAX_MEMO) {
      throw new PickleException("it remembers more than " + PickleLimits.MAX_MEMO + " objects");
    }
    memo.put(index, top());
  }

  private void recall(long index) {
    if (!memo.containsKey(index)) {
      throw new PickleException("it recalls object " + index + ", which it never remembered");
    }
    push(memo.get(index));
  }

  private void push(Object value) {
    limits.countValues(1);
    stack.add(value);
  }

  private void mark() {
    limits.countValues(1);
    marks.add(stack.size());
  }

  private int floor() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private Object top() {
    if (stack.size() <= floor()) {
      throw new PickleException("it uses an object that is not there (stack underflow)");
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  /** POP takes a mark where nothing stands above it. */
  private void discard() {
    if (!marks.isEmpty() && stack.size() == floor()) {
      marks.remove(marks.size() - 1);
    } else {
      pop();
    }
  }

  private Object[] popLast(int n) {
    if (stack.size() - n < floor()) {
      throw new PickleException("it uses an object that is not there (stack underflow)");
    }
    List<Object> last = stack.subList(stack.size() - n, stack.size());
    Object[] values = last.toArray();
    last.clear();
    return values;
  }

  private Object[] popToMark() {
    if (marks.isEmpty()) {
      throw new PickleException("a mark is missing");
    }
    Object[] values = popLast(stack.size() - floor());
    marks.remove(marks.size() - 1);
    return values;
  }
}
