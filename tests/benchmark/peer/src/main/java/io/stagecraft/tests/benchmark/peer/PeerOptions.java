package io.stagecraft.tests.benchmark.peer;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/// What the peer is told on its command line, as `key=value`. All are counts.
///
/// @param layers transformer layers
/// @param heads attention heads of a layer
/// @param hidden width of the residual stream
/// @param vocabulary tokens
/// @param sequence positions of a sequence
/// @param batch sequences of a step
/// @param threads of PyTorch's operations
/// @param warmup steps before the measured ones
/// @param steps measured steps
record PeerOptions(
        int layers,
        int heads,
        int hidden,
        int vocabulary,
        int sequence,
        int batch,
        int threads,
        int warmup,
        int steps) {
    /// Reads `key=value` arguments, one for each component.
    ///
    /// - Errors: [IllegalArgumentException] if one is missing, twice there, unknown, or no number.
    static PeerOptions parse(String[] arguments) {
        Map<String, Integer> values = Arrays.stream(arguments)
                .map(argument -> argument.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> Integer.valueOf(pair[1])));
        PeerOptions options = new PeerOptions(
                take(values, "layers"),
                take(values, "heads"),
                take(values, "hidden"),
                take(values, "vocabulary"),
                take(values, "sequence"),
                take(values, "batch"),
                take(values, "threads"),
                take(values, "warmup"),
                take(values, "steps"));
        if (!values.isEmpty()) {
            throw new IllegalArgumentException("unknown arguments of the peer: " + values.keySet());
        }
        return options;
    }

    private static int take(Map<String, Integer> values, String key) {
        if (!values.containsKey(key)) {
            throw new IllegalArgumentException("the peer needs the argument " + key + "=NUMBER");
        }
        return values.remove(key);
    }
}
