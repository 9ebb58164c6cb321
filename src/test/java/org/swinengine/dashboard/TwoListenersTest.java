package org.swinengine.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.train.TrainListener;

final class TwoListenersTest {
  private static TrainListener recording(String name, List<String> calls) {
    return (TrainListener) Proxy.newProxyInstance(
        TrainListener.class.getClassLoader(), new Class<?>[] {TrainListener.class},
        (proxy, method, arguments) -> {
          calls.add(name + " " + method.getName() + " " + List.of(nullsAsText(arguments)));
          return null;
        });
  }

  private static Object[] nullsAsText(Object[] arguments) {
    Object[] texts = arguments.clone();
    for (int i = 0; i < texts.length; i++) {
      texts[i] = String.valueOf(texts[i]);
    }
    return texts;
  }

  /** Also what an interface of the future will say. */
  @Test
  void bothAreToldEverythingInTheirOrder() throws ReflectiveOperationException {
    for (Method method : TrainListener.class.getDeclaredMethods()) {
      if (Modifier.isStatic(method.getModifiers()) || method.isSynthetic()) {
        continue;
      }
      List<String> calls = new ArrayList<>();
      TrainListener both = new TwoListeners(recording("first", calls), recording("second", calls));
      Object[] arguments = new Object[method.getParameterCount()];
      for (int i = 0; i < arguments.length; i++) {
        Class<?> type = method.getParameterTypes()[i];
        arguments[i] =
            type == int.class ? (Object) (i + 1) : type == double.class ? (Object) (i + 0.5) : null;
      }
      method.invoke(both, arguments);
      String said = " " + method.getName() + " " + List.of(nullsAsText(arguments));
      assertEquals(List.of("first" + said, "second" + said), calls);
    }
  }
}
