/**
 * A deep learning engine for vision transformers. What is exported here is meant for programs that use it;
 * all other packages are internal and may change at any time. {@code ExportsTest} holds that every package is
 * one or the other, and that no exported class speaks of an internal one.
 *
 * <p>The command line is no part of the module. It and the tests run on the class path, where nothing is
 * hidden, so nothing has to be exported for them.
 */
module org.swinengine {
  requires transitive org.swinengine.weights;
  requires java.desktop;
  requires java.management;
  requires java.net.http;
  requires jdk.httpserver;
  requires jdk.management;
  // Without it the scalar kernels compute: java --add-modules jdk.incubator.vector.
  requires static jdk.incubator.vector;
  requires static org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires de.siegmar.fastcsv;
  requires io.jhdf;
  requires ejml.core;
  requires ejml.ddense;
  requires jcublas;
  requires jcuda;
  requires jcudnn;
  requires org.snakeyaml.engine;

  exports org.swinengine.autograd;
  exports org.swinengine.backend;
  exports org.swinengine.data;
  exports org.swinengine.data.augment;
  exports org.swinengine.data.check;
  exports org.swinengine.data.list;
  exports org.swinengine.data.segmentation;
  exports org.swinengine.fit;
  exports org.swinengine.metrics.probe;
  exports org.swinengine.metrics.segmentation;
  exports org.swinengine.models;
  exports org.swinengine.models.swin;
  exports org.swinengine.models.swinunet;
  exports org.swinengine.models.swinv2;
  exports org.swinengine.models.vit;
  exports org.swinengine.nn;
  exports org.swinengine.ops;
  exports org.swinengine.optim;
  exports org.swinengine.pretrained;
  exports org.swinengine.tensor;
  exports org.swinengine.inference;
  exports org.swinengine.inference.explain;
  exports org.swinengine.inference.segmentation;
  exports org.swinengine.metrics;
  exports org.swinengine.report;
  exports org.swinengine.train;
  exports org.swinengine.train.estimate;
  exports org.swinengine.train.folder;
  exports org.swinengine.train.folds;
  exports org.swinengine.train.recipe;
  exports org.swinengine.train.settings;
  exports org.swinengine.train.task;
  exports org.swinengine.train.tuning;
}
