// Runs what streams hold, as early or as late as the schedule says.
#include "streams.h"

#include <algorithm>
#include <chrono>

#include "machine.h"

namespace emulator {

namespace {

uint64_t lastNumber = 0;

std::vector<Stream*>& streams() {
  static auto* all = new std::vector<Stream*>{new Stream};  // the first is the default stream
  return *all;
}

// Runs what is pending on a stream up to an operation, and before each operation what it has to wait for.
void runUntil(Stream& stream, uint64_t number) {
  while (!stream.pending.empty() && stream.pending.front().number <= number) {
    Operation next = std::move(stream.pending.front());
    stream.pending.pop_front();
    if (&stream == &defaultStream()) {
      for (Stream* other : streams()) {
        if (!other->nonBlocking && other != &stream) {
          runUntil(*other, next.number);
        }
      }
    } else if (!stream.nonBlocking) {
      runUntil(defaultStream(), next.number);
    }
    next.run();
  }
}

}  // namespace

Stream& defaultStream() { return *streams().front(); }

Stream* createStream(bool nonBlocking, int priority) {
  auto* stream = new Stream;
  stream->nonBlocking = nonBlocking;
  stream->priority = priority;
  streams().push_back(stream);
  return stream;
}

void destroyStream(Stream* stream) {
  finish(*stream);
  std::erase(streams(), stream);
  delete stream;
}

bool isStream(const Stream* stream) {
  return std::find(streams().begin(), streams().end(), stream) != streams().end();
}

bool invalidateForbiddingCaptures() {
  bool any = false;
  for (Stream* stream : streams()) {
    Capture* capture = stream->capture.get();
    if (capture != nullptr
        && (capture->mode == CaptureMode::Global
            || (capture->mode == CaptureMode::ThreadLocal && pthread_equal(capture->thread, pthread_self())))) {
      capture->invalid = true;
      any = true;
    }
  }
  return any;
}

void endCapture(const Capture& capture) {
  for (Stream* stream : streams()) {
    if (stream->capture.get() == &capture) {
      stream->capture = nullptr;
    }
  }
}

void enqueue(Stream& stream, Operation operation) {
  operation.number = ++lastNumber;
  if (stream.capture != nullptr) {
    stream.capture->operations.push_back(std::move(operation));
    return;
  }
  stream.pending.push_back(std::move(operation));
  if (!schedule.lateStreams) {
    finish(stream);
  }
}

void record(Event& event, Stream& stream) {
  auto recording = std::make_shared<Recording>();
  event.recording = recording;
  recording->stream = &stream;
  recording->capture = stream.capture;
  if (stream.capture != nullptr) {
    return;
  }
  recording->number = lastNumber + 1;
  enqueue(stream, {"event record", [recording] {
    recording->done = true;
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    recording->seconds = std::chrono::duration<double>(now).count();
  }});
}

void waitFor(Stream& stream, const std::shared_ptr<Recording>& recording) {
  if (recording->capture != nullptr) {
    stream.capture = recording->capture;  // the stream joins the capture
    return;
  }
  enqueue(stream, {"event wait", [recording] { finish(*recording); }});
}

void finish(Stream& stream) { runUntil(stream, lastNumber); }

void finish(const Recording& recording) {
  if (!recording.done && recording.stream != nullptr && isStream(recording.stream)) {
    runUntil(*recording.stream, recording.number);
  }
}

void finishAll() {
  for (size_t i = 0; i < streams().size(); i++) {
    finish(*streams()[i]);
  }
}

void runOne(Stream& stream) {
  if (!stream.pending.empty()) {
    runUntil(stream, stream.pending.front().number);
  }
}

void finishBlockingStreams() {
  for (size_t i = 0; i < streams().size(); i++) {
    if (!streams()[i]->nonBlocking) {
      finish(*streams()[i]);
    }
  }
}

void dropPending() {
  for (Stream* stream : streams()) {
    stream->pending.clear();
    stream->capture = nullptr;
  }
}

}  // namespace emulator
