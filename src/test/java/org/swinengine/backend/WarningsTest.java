package org.swinengine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class WarningsTest {
  @Test
  void aReceiverHasThemUntilItIsClosedAndTheLoggerElse() {
    List<String> logged = new ArrayList<>();
    List<String> outer = new ArrayList<>();
    List<String> inner = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            assertEquals(Level.WARNING, record.getLevel());
            logged.add(record.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("org.swinengine");
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    try {
      Warnings.say("first");
      try (Warnings.Subscription command = Warnings.sendTo(outer::add)) {
        Warnings.say("second");
        try (Warnings.Subscription run = Warnings.sendTo(inner::add)) {
          Warnings.say("third");
        }
        Warnings.say("fourth");
      }
      Warnings.say("fifth");
    } finally {
      logger.removeHandler(handler);
      logger.setUseParentHandlers(true);
    }
    assertEquals(List.of("first", "fifth"), logged);
    assertEquals(List.of("second", "fourth"), outer);
    assertEquals(List.of("third"), inner);
  }
}
