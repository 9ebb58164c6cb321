package org.swinengine.train.settings;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a record.
 *
 * @param <R> the record; components without {@link Setting} belong to programs alone
 */
public final class SettingTable<R extends Record> {
  private final RecordComponent[] components;
  private final List<SettingSpec> settings = new ArrayList<>();
  private final Constructor<R> constructor;

  private static final ClassValue<SettingTable<?>> TABLES =
      new ClassValue<>() {
        @Override
        protected SettingTable<?> computeValue(Class<?> type) {
          return new SettingTable<>(type.asSubclass(Record.class));
        }
      };

  /** The table of a record. */
  @SuppressWarnings("unchecked")
  public static <R extends Record> SettingTable<R> of(Class<R> type) {
    return (SettingTable<R>) TABLES.get(type);
  }

  /** The table of a record's class. */
  @SuppressWarnings("unchecked")
  public static SettingTable<Record> of(Record record) {
    return (SettingTable<Record>) TABLES.get(record.getClass());
  }

  private SettingTable(Class<R> type) {
    components = type.getRecordComponents();
    for (RecordComponent component : components) {
      Setting declared = component.getAnnotation(Setting.class);
      if (declared != null) {
        settings.add(new SettingSpec(component, declared));
      }
    }
    try {
      constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  /** In the order of the components. */
  public List<SettingSpec> settings() {
    return List.copyOf(settings);
  }

  /**
   * The record of these values.
   *
   * @param values by name; what is missing is usual, or null for what is no setting
   * @throws IllegalArgumentException naming the setting that is out of range
   */
  public R from(Map<String, ?> values) {
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = values.get(components[i].getName());
    }
    for (SettingSpec setting : settings) {
      int at = indexOf(setting.name());
      Object given = arguments[at] == null ? setting.usual() : arguments[at];
      if (given == null) {
        throw new IllegalArgumentException("`" + setting.name() + "` has no value");
      }
      arguments[at] = setting.typed(given);
      setting.check(arguments[at]);
    }
    try {
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException wrong) {
        throw wrong;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private int indexOf(String name) {
    for (int i = 0; i < components.length; i++) {
      if (components[i].getName().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(name);
  }

  /**
   * Checks a record that a program has made.
   *
   * @throws IllegalArgumentException naming the setting that is out of range
   */
  public void check(R record) {
    settings.forEach(setting -> setting.check(setting.of(record)));
  }

  /** The settings whose values differ. */
  public List<SettingSpec> changes(R record, R from) {
    return settings.stream().filter(setting -> !setting.of(record).equals(setting.of(from))).toList();
  }

  /** Puts all components of a record into a map, by name; nulls are left out. */
  public void copy(R from, Map<String, Object> to) {
    for (RecordComponent component : components) {
      Object value = value(component, from);
      if (value != null) {
        to.put(component.getName(), value);
      }
    }
  }

  private static @Nullable Object value(RecordComponent component, Record record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(e);
    }
  }
}
