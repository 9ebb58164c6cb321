package org.swinengine.data.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.swinengine.data.check.Finding.Kind;

/** Finds what is there more than once, in the order of the data. */
final class EqualSamples {
  private EqualSamples() {}

  static List<Finding> find(List<CheckedSample> samples) {
    Map<String, List<CheckedSample>> byContent = new LinkedHashMap<>();
    Map<String, List<CheckedSample>> byGroup = new LinkedHashMap<>();
    for (CheckedSample sample : samples) {
      byContent.computeIfAbsent(sample.content(), key -> new ArrayList<>()).add(sample);
      if (sample.group() != null) {
        byGroup.computeIfAbsent(sample.group(), key -> new ArrayList<>()).add(sample);
      }
    }
    List<Finding> findings = new ArrayList<>();
    byContent.values().stream().filter(equal -> equal.size() > 1)
        .forEach(equal -> ofImages(equal, findings));
    byGroup.forEach((group, members) -> {
      Set<String> parts = parts(members);
      if (parts.size() > 1) {
        findings.add(
            new Finding(
                Kind.SAME_GROUP_IN_PARTS,
                "the group " + group + " has images in " + String.join(" and ", parts), names(members)));
      }
    });
    return findings;
  }

  private static void ofImages(List<CheckedSample> equal, List<Finding> findings) {
    Set<String> parts = parts(equal);
    Set<String> labels =
        equal.stream().map(CheckedSample::labels).collect(Collectors.toCollection(LinkedHashSet::new));
    if (labels.size() > 1) {
      findings.add(
          new Finding(
              Kind.CONTRADICTING_LABELS,
              "the same picture is " + String.join(", and also ", labels), names(equal)));
    }
    if (parts.size() > 1) {
      findings.add(
          new Finding(
              Kind.SAME_IMAGE_IN_PARTS, "the same picture is in " + String.join(" and ", parts),
              names(equal)));
    }
    for (String part : parts) {
      List<CheckedSample> within = equal.stream().filter(sample -> sample.part().equals(part)).toList();
      if (within.size() > 1) {
        findings.add(
            new Finding(
                Kind.DUPLICATE, "the same picture is " + within.size() + " times in " + part,
                names(within)));
      }
    }
  }

  private static Set<String> parts(List<CheckedSample> samples) {
    return samples.stream().map(CheckedSample::part).collect(Collectors.toCollection(LinkedHashSet::new));
  }

  static List<String> names(List<CheckedSample> samples) {
    return samples.stream().map(CheckedSample::toString).toList();
  }
}
