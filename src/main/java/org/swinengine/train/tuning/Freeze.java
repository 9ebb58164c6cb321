package org.swinengine.train.tuning;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.models.Model;
import org.swinengine.models.ParameterPlace;

/**
 * Which parameters training leaves as they are. They get no gradient and no optimizer state, and keep their
 * bits.
 *
 * <ul>
 *   <li>{@code none}
 *   <li>{@code backbone}: all but the head. The model then runs in evaluation mode, without stochastic depth
 *       and dropout, since there is nothing that they could regularise.
 *   <li>{@code blocks:N}: a ViT's embeddings and first N blocks
 *   <li>{@code stages:N}: a Swin Transformer's embeddings and first N stages
 *   <li>{@code re:REGEX}: those whose path the regular expression is found in
 * </ul>
 *
 * @param text as a user writes it
 */
public record Freeze(String text) {
  /** Everything is trained. */
  public static final Freeze NONE = new Freeze("none");

  /** All but the head. */
  public static final Freeze BACKBONE = new Freeze("backbone");

  private static final Pattern COUNTED = Pattern.compile("(blocks|stages):(\\d{1,4})");

  /**
   * Checks the text.
   *
   * @throws IllegalArgumentException saying what is allowed
   */
  public Freeze {
    if (text.startsWith("re:")) {
      try {
        Pattern.compile(text.substring(3));
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "`freeze` " + text + " has no valid regular expression: " + e.getDescription(), e);
      }
    } else if (!text.equals("none") && !text.equals("backbone") && !COUNTED.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "`freeze` is " + text + ", but must be none, backbone, blocks:N, stages:N or re:REGEX");
    }
  }

  /**
   * What a user wrote.
   *
   * @throws IllegalArgumentException saying what is allowed
   */
  public static Freeze of(String text) {
    return new Freeze(text);
  }

  /** Whether all but the head is frozen. */
  public boolean isBackbone() {
    return text.equals("backbone");
  }

  /**
   * Freezes parameters of a model that has no memory yet.
   *
   * @throws IllegalArgumentException if the model has no such parameters, or none would be left to train
   */
  public void apply(Model model) {
    Predicate<Parameter> trained = trained(model);
    model.parameters().forEach(parameter -> parameter.setTrainable(trained.test(parameter)));
  }

  /**
   * Changes what is trained of a model that has its memory, between two epochs: an optimizer and an
   * average go along with their {@code moveTo}. A run that resumes afterwards begins with {@link
   * #apply(Model)}.
   *
   * @param arena the model's
   * @return the arena in which the model's parameters are from now on
   * @throws IllegalArgumentException as {@link #apply(Model)}
   */
  public ParameterArena apply(Model model, ParameterArena arena) {
    return arena.training(trained(model));
  }

  private Predicate<Parameter> trained(Model model) {
    Predicate<String> frozen = frozen(model);
    List<Parameter> parameters = model.parameters();
    long left = parameters.stream().filter(parameter -> !frozen.test(parameter.path())).count();
    if (!text.equals("none") && left == parameters.size()) {
      throw new IllegalArgumentException(
          "`freeze` " + text + " freezes no parameter of " + model.spec().name() + "; a path is for instance "
              + parameters.get(parameters.size() / 2).path());
    }
    if (left == 0) {
      throw new IllegalArgumentException(
          "`freeze` " + text + " leaves nothing of " + model.spec().name() + " to train");
    }
    return parameter -> !frozen.test(parameter.path());
  }

  private Predicate<String> frozen(Model model) {
    if (text.equals("none")) {
      return path -> false;
    }
    if (isBackbone()) {
      return path -> !ParameterPlace.of(model, path).isHead();
    }
    if (text.startsWith("re:")) {
      Pattern pattern = Pattern.compile(text.substring(3));
      return path -> pattern.matcher(path).find();
    }
    Matcher counted = COUNTED.matcher(text);
    counted.matches();
    boolean stages = counted.group(1).equals("stages");
    int count = Integer.parseInt(counted.group(2));
    int there = count(model, stages);
    if (count > there) {
      boolean inStages = !stages && there == 0;
      throw new IllegalArgumentException(
          "`freeze` " + text + ": " + model.spec().name() + " has " + there + " " + counted.group(1)
              + (inStages ? " outside its " + count(model, true) + " stages; say stages:N" : ""));
    }
    return path -> {
      ParameterPlace place = ParameterPlace.of(model, path);
      int number = number(place, stages);
      return number < 0 ? place.isEmbedding() : number < count;
    };
  }

  private static int count(Model model, boolean stages) {
    return 1
        + model.parameters().stream()
            .mapToInt(parameter -> number(ParameterPlace.of(model, parameter.path()), stages))
            .max()
            .orElse(-1);
  }

  /** That of the stage, or of the block in a model without stages; −1 if it is in none. */
  private static int number(ParameterPlace place, boolean stages) {
    return stages ? place.stage() : place.stage() < 0 ? place.block() : -1;
  }
}
