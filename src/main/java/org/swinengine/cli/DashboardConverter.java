package org.swinengine.cli;

import org.swinengine.dashboard.DashboardAddress;
import picocli.CommandLine;

/** Says in a sentence what is wrong with an address. */
final class DashboardConverter implements CommandLine.ITypeConverter<DashboardAddress> {
  @Override
  public DashboardAddress convert(String text) {
    try {
      return DashboardAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.TypeConversionException(e.getMessage());
    }
  }
}
