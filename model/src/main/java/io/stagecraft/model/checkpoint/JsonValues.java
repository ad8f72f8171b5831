package io.stagecraft.model.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Values that JSON can hold, in one form, so that what is read equals what was written.
final class JsonValues {
    private JsonValues() {}

    /// An unmodifiable deep copy of `values` in the same order; integers become `Long`, floats
    /// `Double`.
    ///
    /// - Errors: [IllegalArgumentException] naming the key of a value that JSON does not have.
    static Map<String, Object> frozen(Map<?, ?> values) {
        var copy = new LinkedHashMap<String, Object>();
        values.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw new IllegalArgumentException("keys must be text but one is " + key);
            }
            copy.put(name, frozen(name, value));
        });
        return Collections.unmodifiableMap(copy);
    }

    private static Object frozen(String key, Object value) {
        return switch (value) {
            case String text -> text;
            case Boolean truth -> truth;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Double number -> finite(key, number);
            case Float number -> finite(key, number.doubleValue());
            case List<?> list ->
                list.stream().map(element -> frozen(key, element)).toList();
            case Map<?, ?> map -> frozen(map);
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
