package org.swinengine.cli;

import picocli.CommandLine.Command;

/** {@code data}: what can be done to data without a model. */
@Command(
    name = "data",
    description = "Looks at data before a model learns from them, applies reviewed labels, and makes"
        + " slices of volumes.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "check|suspects|relabel|prepare",
    subcommands = {
      DataCheckCommand.class, DataSuspectsCommand.class, DataRelabelCommand.class, DataPrepareCommand.class},
    footer = {
      "",
      "Examples:",
      "  swin-engine data check flowers",
      "  swin-engine data suspects --predictions predictions.csv",
      "  swin-engine data relabel list.csv --with reviewed.csv --out list-2.csv",
      "  swin-engine data prepare abdomen --labels synapse --out synapse"
    })
final class DataCommand {}
