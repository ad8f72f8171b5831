package io.stagecraft.actors.cli;

import java.io.PrintWriter;
import java.nio.file.Path;

/// What a command is given besides its arguments.
///
/// @param runs does the work
/// @param out results and progress
/// @param err what went wrong
/// @param workingDirectory where relative paths start
record Surroundings(Runs runs, PrintWriter out, PrintWriter err, Path workingDirectory) {}
