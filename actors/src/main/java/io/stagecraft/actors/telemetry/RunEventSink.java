package io.stagecraft.actors.telemetry;

/// Something that takes a run's events one after another: a terminal, a file. It may block: it has
/// threads of its own, and a run does not wait for it but at its end.
///
/// Thread: one at a time, not always the same.
public interface RunEventSink extends AutoCloseable {
    /// Takes the next event. What it throws is logged once, and the sink gets nothing more.
    void accept(RunEvent event);

    /// No more events come.
    @Override
    void close();
}
