package io.stagecraft.actors.telemetry;

/// Forms of the lines that a terminal and a log file show.
public enum LogForm {
    /// Megatron-LM's, letter for letter, and at its intervals only.
    MEGATRON,
    /// The same with fields of our own behind, and one after the last step in any case.
    EXTENDED
}
