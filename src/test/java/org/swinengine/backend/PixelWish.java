package org.swinengine.backend;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** A backend that wants pictures as pixels, or as floats, whatever the one wants that computes for it. */
public final class PixelWish {
  private final Backend backend;
  private final AtomicInteger uploads = new AtomicInteger();

  /** @param pixels what the backend will want */
  public PixelWish(Backend original, boolean pixels) {
    MemoryKernels memory =
        proxy(MemoryKernels.class, original.memory(), (method, called) -> {
          if (method.getName().equals("uploadPixels")) {
            uploads.incrementAndGet();
          }
          return called.call();
        });
    backend =
        proxy(Backend.class, original, (method, called) -> {
          return switch (method.getName()) {
            case "prefersPixels" -> pixels;
            case "memory" -> memory;
            default -> called.call();
          };
        });
  }

  private interface Call {
    Object call() throws Throwable;
  }

  private interface Around {
    Object call(Method method, Call called) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, T original, Around around) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
              if (method.getName().equals("equals")) {
                return self == arguments[0];
              }
              return around.call(method, () -> {
                try {
                  return method.invoke(original, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
            }));
  }

  public Backend backend() {
    return backend;
  }

  /** How often pictures came as pixels. */
  public int uploads() {
    return uploads.get();
  }
}
