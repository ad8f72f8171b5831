package io.stagecraft.actors.cli;

/// How the process ends. 130 after Ctrl-C comes from the JVM itself.
public final class ExitCode {
    /// Everything asked for was done.
    public static final int DONE = 0;

    /// The run started and failed; its cause was printed.
    public static final int FAILED = 1;

    /// Bad usage or configuration; nothing was started.
    public static final int REFUSED = 2;

    /// Added to the number of the signal that stopped what ran.
    public static final int SIGNALLED = 128;

    private ExitCode() {}
}
