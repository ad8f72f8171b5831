package io.stagecraft.transport.frame;

import java.util.Arrays;
import java.util.function.Consumer;

/// The one thread of a transport that reads: asks every receiver in turn and idles when none has
/// anything.
///
/// A receiver whose poll throws is asked no more and its failure goes to the handler given at the
/// start, which aborts the run; the thread goes on for the others.
///
/// Threads: its own; all methods may be called from any.
public final class PollAgent implements AutoCloseable {
    /// A thing to poll.
    public interface Source {
        /// Reads what is there, up to a limit, without blocking. Returns how much was read, 0 for
        /// nothing.
        int poll();
    }

    private static final long JOIN_MILLIS = 10_000;

    private final WakeableIdle idle;
    private final Consumer<Throwable> onFailure;
    private final Thread thread;
    private final Object pollLock = new Object();
    private Source[] sources = {};
    private volatile boolean closed;

    /// Not started yet. `onFailure` runs on the poll thread.
    public PollAgent(String threadName, WakeableIdle idle, Consumer<Throwable> onFailure) {
        this.idle = idle;
        this.onFailure = onFailure;
        this.thread = Thread.ofPlatform().name(threadName).daemon().unstarted(this::run);
    }

    /// Starts the thread.
    public void start() {
        thread.start();
    }

    /// Polls `source` from now on.
    public void add(Source source) {
        synchronized (pollLock) {
            sources = Arrays.copyOf(sources, sources.length + 1);
            sources[sources.length - 1] = source;
        }
        idle.wake();
    }

    /// Stops polling `source`; when this returns no poll of it runs or will run.
    public void remove(Source source) {
        synchronized (pollLock) {
            sources = Arrays.stream(sources).filter(other -> other != source).toArray(Source[]::new);
        }
    }

    /// Makes the thread look for work now.
    public void wake() {
        idle.wake();
    }

    /// Ends the thread and waits for it.
    @Override
    public void close() {
        closed = true;
        idle.wake();
        if (Thread.currentThread() == thread) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed) {
            int work;
            synchronized (pollLock) {
                work = pollAll();
            }
            idle.idle(work);
        }
    }

    private int pollAll() {
        Source[] current = sources;
        int work = 0;
        for (Source source : current) {
            try {
                work += source.poll();
            } catch (Throwable failure) {
                // A root of a thread: whatever it is, the run must hear of it.
                remove(source);
                onFailure.accept(failure);
            }
        }
        return work;
    }
}
