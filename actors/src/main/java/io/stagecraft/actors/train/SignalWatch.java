package io.stagecraft.actors.train;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ctrl-C and SIGTERM: the first one asks for an end in order, the second one ends at once.
///
/// The JVM's own handling would run its shutdown hooks beside the run's end, and a second signal
/// would wait for them. The class behind this, `sun.misc.Signal`, is bound by name because the
/// compiler warns of it; a JVM that has none keeps its own handling.
///
/// Thread: handlers run on a thread of the JVM.
public final class SignalWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SignalWatch.class);
    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final AtomicBoolean asked = new AtomicBoolean();
    private final IntConsumer first;
    private final IntConsumer second;
    private final Map<Object, Object> before = new LinkedHashMap<>();
    private final List<MethodHandle> handle = new ArrayList<>(1);

    private SignalWatch(IntConsumer first, IntConsumer second) {
        this.first = first;
        this.second = second;
    }

    /// Watches until closed: the first signal interrupts `run`, the second ends the JVM with 128 +
    /// its number.
    public static SignalWatch over(LocalRun run) {
        return over(run::interrupt);
    }

    /// The same with what the first signal does given; it gets the signal's number.
    public static SignalWatch over(IntConsumer first) {
        return install(first, signal -> Runtime.getRuntime().halt(128 + signal));
    }

    /// As [#over], with what happens given.
    static SignalWatch install(IntConsumer first, IntConsumer second) {
        var watch = new SignalWatch(first, second);
        try {
            watch.bind();
        } catch (Throwable unbound) {
            LOG.warn("signals end the JVM without an end in order: {}", unbound.toString());
        }
        return watch;
    }

    /// Gives the signals back to who had them.
    @Override
    public void close() {
        for (MethodHandle setHandler : handle) {
            before.forEach((signal, handler) -> restore(setHandler, signal, handler));
        }
    }

    /// What a handler does.
    void received(int signal) {
        if (asked.compareAndSet(false, true)) {
            first.accept(signal);
        } else {
            second.accept(signal);
        }
    }

    private void bind() throws Throwable {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        MethodHandle newSignal = lookup.findConstructor(signalType, MethodType.methodType(void.class, String.class));
        MethodHandle setHandler =
                lookup.findStatic(signalType, "handle", MethodType.methodType(handlerType, signalType, handlerType));
        MethodHandle received =
                lookup.findVirtual(SignalWatch.class, "received", MethodType.methodType(void.class, int.class));
        handle.add(setHandler);
        for (Map.Entry<String, Integer> one : SIGNALS.entrySet()) {
            MethodHandle target = MethodHandles.insertArguments(received, 0, this, one.getValue());
            Object handler = MethodHandleProxies.asInterfaceInstance(
                    handlerType, MethodHandles.dropArguments(target, 0, Object.class));
            Object signal = newSignal.invoke(one.getKey());
            before.put(signal, setHandler.invoke(signal, handler));
        }
    }

    private static void restore(MethodHandle setHandler, Object signal, Object handler) {
        try {
            setHandler.invoke(signal, handler);
        } catch (Throwable failure) {
            LOG.warn("{} keeps its handler: {}", signal, failure.toString());
        }
    }
}
