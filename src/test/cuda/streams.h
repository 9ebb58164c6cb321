// Streams, events and graphs: what the device has been asked to do and when it does it.
//
// A stream is a queue of operations. The seed decides whether an operation runs when it is enqueued or as
// late as CUDA allows: when someone synchronizes, waits for an event behind it, or asks (each query lets one
// operation happen). So a host buffer that is reused too early, or a missing event, changes results under
// some seed.
//
// Order between streams is CUDA's: the default stream waits for all streams that are not "non-blocking", and
// they for it. All functions are called under the driver's lock.
#pragma once

#include <pthread.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace emulator {

struct Stream;

struct Operation {
  std::string name;            // for messages
  std::function<void()> run;
  uint64_t number = 0;         // rises over all streams in the order of enqueueing
};

// CUstreamCaptureMode: whose calls that wait, allocate or free a capture forbids. Everybody's, those of the thread
// that began it, or nobody's.
enum class CaptureMode { Global = 0, ThreadLocal = 1, Relaxed = 2 };

// A capture in progress: the operations of all streams that take part, in the order of the calls, which is an
// order that respects every dependency between them.
struct Capture {
  Stream* origin;
  CaptureMode mode;
  pthread_t thread;  // that began it
  std::vector<Operation> operations;
  bool invalid = false;
};

struct Stream {
  bool nonBlocking = false;
  int priority = 0;
  int device = 0;  // whose context it belongs to
  std::deque<Operation> pending;
  std::shared_ptr<Capture> capture;
};

// One recording of an event. Waiting streams keep the recording that they were told to wait for, even when
// the event is recorded again or destroyed.
struct Recording {
  Stream* stream = nullptr;
  uint64_t number = 0;
  bool done = false;
  double seconds = 0;
  std::shared_ptr<Capture> capture;
};

struct Event {
  bool timing;
  std::shared_ptr<Recording> recording;  // null before the first
};

using Graph = std::vector<Operation>;

Stream& defaultStream();
Stream* createStream(bool nonBlocking, int priority);
void destroyStream(Stream* stream);
bool isStream(const Stream* stream);
// Makes the captures invalid that forbid this thread such a call; whether there was one.
bool invalidateForbiddingCaptures();
void endCapture(const Capture& capture);       // its streams take part no longer

// Adds an operation to the stream, or to the capture that the stream takes part in.
void enqueue(Stream& stream, Operation operation);
void record(Event& event, Stream& stream);
void waitFor(Stream& stream, const std::shared_ptr<Recording>& recording);

void finish(Stream& stream);                 // runs all that is pending on it
void finish(const Recording& recording);
void finishAll();
void runOne(Stream& stream);                 // what happens while somebody polls
// Before a blocking operation on the default stream.
void finishBlockingStreams();
void dropPending();

}  // namespace emulator
