"""Writes events.tfevents: what TensorBoard's own classes make of events.jsonl.

    python events.py     needs TensorBoard's Python package (2.x)

The tags, the times and the order are those of org.swinengine.report.EventFile; the framing, the checksums and the
protocol buffers are TensorBoard's. What is written is read back with TensorBoard's EventAccumulator.
"""

import json
import os

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

BEGIN = 1_700_000_000.25
TAGS = {
    "epoch": "training/epoch",
    "train_loss": "loss/train",
    "val_loss": "loss/validation",
    "val_top1": "validation/top1",
    "val_top5": "validation/top5",
    "val_macro_f1": "validation/macro_f1",
    "lr": "training/learning_rate",
    "gradient_norm": "training/gradient_norm",
    "images_per_second": "speed/images_per_second",
    "seconds": "speed/seconds_per_epoch",
    "peak_rss_mb": "speed/peak_rss_mb",
}

here = os.path.dirname(os.path.abspath(__file__))
path = os.path.join(here, "events.tfevents")
with open(os.path.join(here, "events.jsonl")) as lines:
    epochs = [json.loads(line) for line in lines]

writer = RecordWriter(open(path, "wb"))
writer.write(Event(wall_time=BEGIN, file_version="brain.Event:2").SerializeToString())
writer.write(Event(wall_time=BEGIN, session_log=SessionLog(status=SessionLog.START)).SerializeToString())
for number, epoch in enumerate(epochs):
    for key, tag in TAGS.items():
        value = Summary.Value(tag=tag, simple_value=epoch[key])
        event = Event(wall_time=BEGIN + 1 + number, step=epoch["step"], summary=Summary(value=[value]))
        writer.write(event.SerializeToString())
writer.flush()
writer.close()

read = EventAccumulator(path)
read.Reload()
for key, tag in TAGS.items():
    values = [(event.step, event.value) for event in read.Scalars(tag)]
    assert len(values) == len(epochs), tag
    for (step, value), epoch in zip(values, epochs):
        assert step == epoch["step"] and abs(value - epoch[key]) <= 1e-6 * abs(epoch[key]), (tag, step)
print(os.path.getsize(path), "bytes")
