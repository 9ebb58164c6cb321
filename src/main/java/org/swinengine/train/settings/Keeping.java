package org.swinengine.train.settings;

import java.nio.file.Path;

/**
 * How a run goes about its work and where it is kept.
 *
 * @param workers threads that prepare images; changes no result
 * @param cache decoded pictures that stay in memory; changes no result
 * @param saveEverySteps steps between checkpoints within an epoch; 0: none
 * @param saveEveryMinutes minutes between checkpoints within an epoch; 0: none
 * @param suspectLabels training labels to list at the end, those that are the likeliest to be wrong; 0: none
 * @param output folder of run folders
 * @param tag name of the run folder
 * @param resume whether to go on with that run
 * @param acceptChangedData whether to go on with it although its data are others by now
 */
public record Keeping(
    @Setting(
        help = "Threads that prepare images; changes no result.",
        usual = "1", least = 0, changesResult = false) int workers,
    @Setting(
        help = "Memory for decoded pictures, so that later epochs do not decode them again: auto (a"
            + " quarter of the heap), off, or a size such as 2GB. Changes no result.",
        usual = "off", label = "auto|off|SIZE", changesResult = false) PictureCache cache,
    @Setting(
        help = "Steps between checkpoints within an epoch.",
        usual = "0", least = 0, changesResult = false, option = false) int saveEverySteps,
    @Setting(
        help = "Minutes between checkpoints within an epoch.",
        usual = "0", least = 0, changesResult = false, option = false) double saveEveryMinutes,
    @Setting(
        help = "At the end, list so many training labels that are the likeliest to be wrong, in the report"
            + " and, to be reviewed, in suspects.csv. Changes no result.",
        usual = "0", least = 0, changesResult = false) int suspectLabels,
    Path output,
    String tag,
    boolean resume,
    boolean acceptChangedData) {}
