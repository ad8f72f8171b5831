package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.EffectiveConfig;
import io.stagecraft.actors.telemetry.Screen;
import java.io.PrintWriter;

/// One call of a command that runs something.
///
/// @param config valid, and with the place each value came from
/// @param screen what `out` can show
/// @param out results and progress
/// @param err what went wrong
public record Invocation(EffectiveConfig config, Screen screen, PrintWriter out, PrintWriter err) {}
