package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.transport.AbortSignal;
import java.util.List;

/// What a run in one JVM is made of, before there is an actor.
///
/// @param setting what to run
/// @param ranks makes the ranks' programs
/// @param abort the flag that every wait of every rank checks
/// @param checkpoints where they go
/// @param sinks get what happens; the run closes them
/// @param resources closed after the last rank: the transport and what else the ranks borrow
public record RunParts(
        RunSetting setting,
        RankFactory ranks,
        AbortSignal abort,
        CheckpointFolder checkpoints,
        List<RunEventSink> sinks,
        Runnable resources) {
    public RunParts {
        sinks = List.copyOf(sinks);
    }
}
