package org.swinengine.dashboard;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.swinengine.console.PlainText;
import org.swinengine.models.ModelSpec;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.TrainingPlan;
import org.swinengine.train.estimate.Estimate;
import org.swinengine.train.folds.FoldsListener;

/**
 * Serves a run as a page that follows it: curves, figures, the last lines of its log, and the report when
 * there is one. It listens to the run and never holds it: what it is told goes to memory, and a few threads
 * of their own answer from there; a client that is slow or hangs takes one of them for some seconds.
 */
public final class Dashboard implements TrainListener, AutoCloseable {
  static final String REPORT = "report.html";

  private static final int THREADS = 8;
  private static final int WAITING = 32;
  private static final int REPORT_SECONDS = 2;

  /** A page asks every two seconds. */
  private static final long WATCHED_NANOS = 6_000_000_000L;

  static {
    // Seconds for a whole request and for its answer; the server has no other way to be told.
    setUnlessSet("sun.net.httpserver.maxReqTime", "5");
    setUnlessSet("sun.net.httpserver.maxRspTime", "30");
    setUnlessSet("jdk.httpserver.maxConnections", "128");
  }

  private final RunState state = new RunState();
  private final CountDownLatch endSeen = new CountDownLatch(1);
  private final CountDownLatch reportRead = new CountDownLatch(1);
  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final DashboardAddress address;
  private volatile long lastLook = System.nanoTime() - WATCHED_NANOS;

  private Dashboard(HttpServer server, DashboardAddress asked) {
    this.server = server;
    address = new DashboardAddress(asked.host(), server.getAddress().getPort());
    threads =
        new ThreadPoolExecutor(
            THREADS, THREADS, 30, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING),
            task -> {
              Thread thread = new Thread(task, "dashboard");
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
    server.createContext("/", new Routes(state, address.host(), this::answered));
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /**
   * Begins to serve.
   *
   * @throws IOException with a sentence for the user if the address cannot be had
   */
  public static Dashboard open(DashboardAddress address) throws IOException {
    InetSocketAddress place = new InetSocketAddress(address.host(), address.port());
    if (place.isUnresolved()) {
      throw new IOException(
          "cannot serve `dashboard` at " + address + ": this machine does not know the host "
              + address.host());
    }
    try {
      Dashboard dashboard = new Dashboard(HttpServer.create(place, WAITING), address);
      dashboard.server.start();
      return dashboard;
    } catch (BindException e) {
      throw new IOException("cannot serve `dashboard` at " + address + ": " + reason(e), e);
    }
  }

  private static String reason(BindException e) {
    String message = String.valueOf(e.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("in use")) {
      return "the port is in use; take another one, or 0 for any that is free";
    }
    if (lower.contains("cannot assign")) {
      return "this machine does not have that address";
    }
    return message + "; take a port from 1024 on";
  }

  /** Where the page is. */
  public String url() {
    return "http://" + address + "/";
  }

  /** Whether only programs of this machine can see it. */
  public boolean isLocal() {
    return server.getAddress().getAddress().isLoopbackAddress();
  }

  /** A listener that tells another one first, and then this one. */
  public TrainListener after(TrainListener first) {
    return new TwoListeners(first, this);
  }

  /** The same for a cross-validation, whose folds the page shows one after the other. */
  public FoldsListener after(FoldsListener first) {
    return new TwoFoldsListeners(first, this);
  }

  /** A line for the page's log, from any thread. */
  public void log(String line) {
    state.log(PlainText.line(line));
  }

  private void answered(Routes.Shown shown) {
    switch (shown) {
      case STATE -> lastLook = System.nanoTime();
      case END -> {
        lastLook = System.nanoTime();
        endSeen.countDown();
      }
      case REPORT -> {
        if (state.isOver()) {
          reportRead.countDown();
        }
      }
      case OTHER -> {
        // A page that begins to look will ask for more.
      }
    }
  }

  @Override
  public void started(TrainingPlan plan) {
    begin(plan, plan.folder(), "");
  }

  /**
   * A run begins.
   *
   * @param folder whose report is to be shown
   * @param suffix of the run's name
   */
  void begin(TrainingPlan plan, Path folder, String suffix) {
    ModelSpec model = plan.model();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "model",
        String.format(
            Locale.ROOT, "%s, %d×%d×%d, %,d parameters", model.name(), model.imageHeight(),
            model.imageWidth(), model.channels(), plan.parameters()));
    facts.put("data", plan.data().description());
    facts.put("device", plan.device());
    facts.put("folder", plan.folder().toString());
    facts.replaceAll((key, text) -> PlainText.line(text));
    String name = PlainText.line(folder.getFileName() + suffix);
    state.begin(name, folder, facts, plan.config().epochs(), before(plan));
  }

  /** The epochs that a resumed run has behind it. */
  private static List<String> before(TrainingPlan plan) {
    try {
      return Files.readAllLines(plan.folder().resolve("metrics.jsonl")).stream()
          .map(line -> EpochMetrics.fromJson(line).toJson())
          .toList();
    } catch (IOException | IllegalArgumentException e) {
      // The run has read them itself; a page can do without.
      return List.of();
    }
  }

  @Override
  public void features(int done, int images) {
    state.phase(RunState.Phase.FEATURES);
  }

  @Override
  public void step(
      int epoch, int step, int stepsPerEpoch, double loss, double learningRate, double imagesPerSecond) {
    state.step(epoch, step, stepsPerEpoch, loss, learningRate, imagesPerSecond);
  }

  @Override
  public void estimate(Estimate left) {
    state.left(left.seconds());
  }

  @Override
  public void epoch(EpochMetrics metrics) {
    state.epoch(metrics.toJson());
  }

  @Override
  public void finished(TrainResult result) {
    finished(result.status());
  }

  void finished(TrainResult.Status status) {
    state.phase(
        status == TrainResult.Status.COMPLETED ? RunState.Phase.COMPLETED : RunState.Phase.STOPPED);
  }

  /**
   * Lets a page that is open see the end, and fetch the report.
   *
   * @param seconds to wait for it at the most; where none is open, it returns at once
   */
  public void awaitLastLook(int seconds) throws InterruptedException {
    if (System.nanoTime() - lastLook < WATCHED_NANOS) {
      boolean seen = endSeen.await(seconds, TimeUnit.SECONDS);
      if (seen) {
        // A page that has seen the end asks for it at once.
        reportRead.await(REPORT_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  /** Ends the server; who is being answered is cut off. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
