package org.swinengine.models;

/**
 * Where a parameter of a model stands.
 *
 * @param part of the model
 * @param stage number of the stage, from 0; −1 outside of stages
 * @param block number of the block in its stage, or in the model if that has no stages, from 0; −1 outside
 *     of blocks
 */
public record ParameterPlace(Part part, int stage, int block) {
  /** The parts of a model, from its input to its output. */
  public enum Part {
    /** Before all blocks: patch and position embeddings, class tokens. */
    EMBEDDING,
    /** In a block. */
    BLOCK,
    /** Of a stage, but after its blocks: the merging of patches. */
    STAGE,
    /** None of the others: a last norm, a decoder. */
    OTHER,
    /** The last layer, which depends on the classes. */
    HEAD
  }

  /** Before all blocks. */
  public static final ParameterPlace EMBEDDING = new ParameterPlace(Part.EMBEDDING, -1, -1);

  /** In none of the other parts. */
  public static final ParameterPlace OTHER = new ParameterPlace(Part.OTHER, -1, -1);

  /** In the last layer. */
  public static final ParameterPlace HEAD = new ParameterPlace(Part.HEAD, -1, -1);

  /** In a block of a model without stages. */
  public static ParameterPlace block(int block) {
    return new ParameterPlace(Part.BLOCK, -1, block);
  }

  /** In a block of a stage. */
  public static ParameterPlace block(int stage, int block) {
    return new ParameterPlace(Part.BLOCK, stage, block);
  }

  /** After the blocks of a stage. */
  public static ParameterPlace stage(int stage) {
    return new ParameterPlace(Part.STAGE, stage, -1);
  }

  /** That of a model's parameter, by its path. */
  public static ParameterPlace of(Model model, String path) {
    return ModelFamilies.of(model.spec()).place(path);
  }

  /** Whether it belongs to the last layer, which depends on the classes. */
  public boolean isHead() {
    return part == Part.HEAD;
  }

  /** Whether it comes before all blocks. */
  public boolean isEmbedding() {
    return part == Part.EMBEDDING;
  }
}
