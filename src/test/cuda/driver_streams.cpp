// Streams, events, and the capture of a stream into a graph.
#include <set>

#include "driver.h"
#include "ledger.h"

using namespace emulator;

namespace {

std::set<Event*> events;
std::set<Graph*> graphs;      // as captured
std::set<Graph*> executables;

}  // namespace

API cuStreamCreateWithPriority(Stream** stream, unsigned flags, int priority) {
  return inContext([&] {
    *stream = createStream((flags & 1) != 0, priority);
    (*stream)->device = currentDevice();
    return flags > 1 ? INVALID_VALUE : SUCCESS;
  });
}

API cuStreamCreate(Stream** stream, unsigned flags) { return cuStreamCreateWithPriority(stream, flags, 0); }

API cuStreamDestroy_v2(Stream* stream) {
  return inContext([&] {
    if (!isStream(stream) || stream == &defaultStream()) {
      return INVALID_HANDLE;
    }
    destroyStream(stream);
    return SUCCESS;
  });
}

API cuStreamGetPriority(Stream* handle, int* priority) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    *priority = stream == nullptr ? 0 : stream->priority;
    return stream == nullptr ? INVALID_HANDLE : SUCCESS;
  });
}

API cuStreamGetFlags(Stream* handle, unsigned* flags) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    *flags = stream != nullptr && stream->nonBlocking ? 1 : 0;
    return stream == nullptr ? INVALID_HANDLE : SUCCESS;
  });
}

API cuStreamSynchronize(Stream* handle) {
  return outsideCapture([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr) {
      return INVALID_HANDLE;
    }
    if (stream->capture != nullptr) {  // another thread's, or a relaxed one
      stream->capture->invalid = true;
      return refuse(CAPTURE_UNSUPPORTED, "a captured stream is waited for, whose work only a graph will do");
    }
    if (stream == &defaultStream()) {
      finishBlockingStreams();
    }
    note(Asked::StreamWait);
    finish(*stream);
    checkMemory();
    return SUCCESS;
  });
}

API cuStreamQuery(Stream* handle) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr) {
      return INVALID_HANDLE;
    }
    if (stream->capture != nullptr) {
      stream->capture->invalid = true;
      return CAPTURE_UNSUPPORTED;
    }
    bool ready = stream->pending.empty();
    runOne(*stream);
    return ready ? SUCCESS : NOT_READY;
  });
}

API cuStreamWaitEvent(Stream* handle, Event* event, unsigned) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr || events.count(event) == 0) {
      return INVALID_HANDLE;
    }
    if (event->recording != nullptr) {
      waitFor(*stream, event->recording);
    }
    return SUCCESS;
  });
}

// ---- events -----------------------------------------------------------------------------------------------

API cuEventCreate(Event** event, unsigned flags) {
  return inContext([&] {
    *event = new Event{(flags & 2) == 0, nullptr};  // 2: without time
    events.insert(*event);
    return SUCCESS;
  });
}

API cuEventDestroy_v2(Event* event) {
  return inContext([&] {
    if (events.erase(event) == 0) {
      return INVALID_HANDLE;
    }
    delete event;
    return SUCCESS;
  });
}

API cuEventRecord(Event* event, Stream* handle) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr || events.count(event) == 0) {
      return INVALID_HANDLE;
    }
    record(*event, *stream);
    return SUCCESS;
  });
}

API cuEventQuery(Event* event) {
  return inContext([&] {
    if (events.count(event) == 0) {
      return INVALID_HANDLE;
    }
    const auto& recording = event->recording;
    if (recording == nullptr || recording->done) {
      return SUCCESS;
    }
    if (recording->capture != nullptr) {
      return CAPTURE_UNSUPPORTED;
    }
    runOne(*recording->stream);
    return NOT_READY;
  });
}

API cuEventSynchronize(Event* event) {
  return inContext([&] {
    if (events.count(event) == 0) {
      return INVALID_HANDLE;
    }
    if (event->recording != nullptr) {
      if (event->recording->capture != nullptr) {
        event->recording->capture->invalid = true;
        return CAPTURE_UNSUPPORTED;
      }
      note(Asked::EventWait);
      finish(*event->recording);
      checkMemory();
    }
    return SUCCESS;
  });
}

API cuEventElapsedTime(float* milliseconds, Event* start, Event* end) {
  return inContext([&] {
    if (events.count(start) == 0 || events.count(end) == 0 || !start->timing || !end->timing
        || start->recording == nullptr || end->recording == nullptr) {
      return INVALID_HANDLE;
    }
    if (!start->recording->done || !end->recording->done) {
      return NOT_READY;
    }
    *milliseconds = static_cast<float>((end->recording->seconds - start->recording->seconds) * 1e3);
    return SUCCESS;
  });
}

// ---- capture and graphs -----------------------------------------------------------------------------------

API cuStreamBeginCapture_v2(Stream* handle, int mode) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr) {
      return INVALID_HANDLE;
    }
    if (mode < 0 || mode > 2) {
      return INVALID_VALUE;
    }
    if (stream == &defaultStream()) {
      return refuse(CAPTURE_UNSUPPORTED, "the default stream cannot be captured");
    }
    if (stream->capture != nullptr) {
      return ILLEGAL_STATE;
    }
    stream->capture = std::make_shared<Capture>(Capture{stream, static_cast<CaptureMode>(mode), pthread_self(), {}});
    return SUCCESS;
  });
}

API cuStreamIsCapturing(Stream* handle, int* status) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr) {
      return INVALID_HANDLE;
    }
    *status = stream->capture == nullptr ? 0 : stream->capture->invalid ? 2 : 1;
    return SUCCESS;
  });
}

API cuStreamEndCapture(Stream* handle, Graph** graph) {
  return inContext([&] {
    *graph = nullptr;
    Stream* stream = streamOf(handle);
    if (stream == nullptr || stream->capture == nullptr) {
      return stream == nullptr ? INVALID_HANDLE : ILLEGAL_STATE;
    }
    auto capture = stream->capture;
    if (capture->origin != stream) {
      return CAPTURE_UNMATCHED;
    }
    if (capture->mode != CaptureMode::Relaxed && !pthread_equal(capture->thread, pthread_self())) {
      return refuse(CAPTURE_WRONG_THREAD, "a capture is ended by another thread than the one that began it");
    }
    endCapture(*capture);
    if (capture->invalid) {
      return CAPTURE_INVALIDATED;
    }
    *graph = new Graph(std::move(capture->operations));
    graphs.insert(*graph);
    return SUCCESS;
  });
}

API cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long) {
  return inContext([&] {
    if (graphs.count(graph) == 0) {
      return INVALID_HANDLE;
    }
    *executable = new Graph(*graph);
    executables.insert(*executable);
    return SUCCESS;
  });
}

API cuGraphUpload(Graph* executable, Stream*) {
  return inContext([&] { return executables.count(executable) == 0 ? INVALID_HANDLE : SUCCESS; });
}

API cuGraphLaunch(Graph* executable, Stream* handle) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr || executables.count(executable) == 0) {
      return INVALID_HANDLE;
    }
    note(Asked::GraphLaunch);
    for (const Operation& operation : *executable) {
      enqueue(*stream, operation);
    }
    return SUCCESS;
  });
}

API cuGraphGetNodes(Graph* graph, void**, size_t* count) {
  return inContext([&] {
    *count = graphs.count(graph) == 0 ? 0 : graph->size();
    return graphs.count(graph) == 0 ? INVALID_HANDLE : SUCCESS;
  });
}

API cuGraphDestroy(Graph* graph) {
  return inContext([&] {
    if (graphs.erase(graph) == 0) {
      return INVALID_HANDLE;
    }
    delete graph;
    return SUCCESS;
  });
}

API cuGraphExecDestroy(Graph* executable) {
  return inContext([&] {
    if (executables.erase(executable) == 0) {
      return INVALID_HANDLE;
    }
    delete executable;
    return SUCCESS;
  });
}
