package org.swinengine.data.check;

import java.util.List;

/**
 * What {@link DataCheck} found.
 *
 * @param parts what they hold, in the order of training, validation and test
 * @param findings in the order of their kinds
 * @param notes lines for a person: what was taken for what, what was not looked at
 */
public record CheckReport(List<PartSummary> parts, List<Finding> findings, List<String> notes) {
  /** How often something was found. */
  public long count(Finding.Kind kind) {
    return findings.stream().filter(finding -> finding.kind() == kind).count();
  }

  /** Whether something was found that makes what is learnt or measured wrong. */
  public boolean hasFaults() {
    return findings.stream().anyMatch(finding -> finding.kind().isFault());
  }
}
