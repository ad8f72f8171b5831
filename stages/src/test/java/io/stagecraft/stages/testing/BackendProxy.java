package io.stagecraft.stages.testing;

import io.stagecraft.model.backend.Backend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/// Backends with something changed in one of their calls: to count, or to plant mistakes.
public final class BackendProxy {
    private BackendProxy() {}

    /// Changes the arguments of every call of `method`.
    public static Backend changing(Backend backend, String method, UnaryOperator<Object[]> change) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (_, called, arguments) -> {
                    Object[] given = called.getName().equals(method) ? change.apply(arguments) : arguments;
                    try {
                        return called.invoke(backend, given);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /// Adds the bytes of every allocation to `total`.
    public static Backend counting(Backend backend, AtomicLong total) {
        return changing(backend, "allocate", arguments -> {
            total.addAndGet((long) arguments[0]);
            return arguments;
        });
    }
}
