package org.swinengine.backend.cuda;

import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Set;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.Recording;

/** A captured pass, launched by one call. */
final class CudaGraph implements Recording {
  private static final Cleaner CLEANER = Cleaner.create();

  /** What the driver and the pool have to get back, apart from the object that people hold. */
  static final class Resources implements Runnable {
    private final CudaDevice device;
    private final CUgraphExec executable;
    private final GraphMemory memory;
    private final List<Buffer> held;
    private final Set<Resources> open;
    private final String name;
    private boolean ended;

    /**
     * @param open all that have not ended, this one among them until it has
     */
    Resources(CudaDevice device, CUgraphExec executable, GraphCapture capture, Set<Resources> open) {
      this.device = device;
      this.executable = executable;
      this.memory = capture.memory();
      this.held = capture.held();
      this.open = open;
      this.name = "a graph of " + capture.launches() + " calls";
      open.add(this);
    }

    private synchronized boolean launch() {
      if (ended || device.capture() != null) {
        return false; // a graph within another would have to end with it
      }
      device.enter();
      device.replayed(name);
      device.check(JCudaDriver.cuGraphLaunch(executable, device.stream()), "launching " + name);
      return true;
    }

    private synchronized boolean hasEnded() {
      return ended;
    }

    /** Ends the graph. What it holds is given back when the device is done with it. */
    @Override
    public synchronized void run() {
      if (ended) {
        return;
      }
      ended = true;
      open.remove(this);
      if (!device.hasFailed()) { // the context takes everything with it
        device.synchronize();
        JCudaDriver.cuGraphExecDestroy(executable);
      }
      held.forEach(Buffer::release);
      memory.close();
    }
  }

  private final Resources resources;
  private final Cleaner.Cleanable cleanable;

  CudaGraph(Resources resources) {
    this.resources = resources;
    cleanable = CLEANER.register(this, resources);
  }

  @Override
  public boolean replay() {
    return resources.launch();
  }

  @Override
  public long bytes() {
    return resources.hasEnded() ? 0 : resources.memory.bytes();
  }

  @Override
  public void close() {
    cleanable.clean();
  }
}
