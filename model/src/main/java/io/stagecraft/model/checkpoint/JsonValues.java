package io.stagecraft.model.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Values that JSON can hold, in one form, so that what is read equals what was written.
final class JsonValues {
    /// Deeper values would let a hostile file exhaust the stack.
    static final int MAX_DEPTH = 64;

    private JsonValues() {}

    /// An unmodifiable deep copy of `values` in the same order; integers become `Long`, floats
    /// `Double`.
    ///
    /// - Errors: [IllegalArgumentException] naming the key of a value that JSON does not have or
    ///   that lies too deep.
    static Map<String, Object> frozen(Map<?, ?> values) {
        return frozen(values, 0);
    }

    private static Map<String, Object> frozen(Map<?, ?> values, int depth) {
        var copy = new LinkedHashMap<String, Object>();
        values.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw new IllegalArgumentException("keys must be text but one is " + key);
            }
            copy.put(name, frozen(name, value, depth + 1));
        });
        return Collections.unmodifiableMap(copy);
    }

    private static Object frozen(String key, Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("values lie more than " + MAX_DEPTH + " deep at key " + key);
        }
        return switch (value) {
            case String text -> text;
            case Boolean truth -> truth;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Double number -> finite(key, number);
            case Float number -> finite(key, number.doubleValue());
            case List<?> list ->
                list.stream().map(element -> frozen(key, element, depth + 1)).toList();
            case Map<?, ?> map -> frozen(map, depth);
            default ->
                throw new IllegalArgumentException(
                        "JSON has no " + value.getClass().getName() + " for key " + key);
        };
    }

    private static Double finite(String key, double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("JSON has no " + number + " for key " + key + "; save it as text");
        }
        return number;
    }
}
