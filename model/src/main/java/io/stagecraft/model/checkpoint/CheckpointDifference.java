package io.stagecraft.model.checkpoint;

import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/// What differs between two checkpoints. Where the files lie and which layout wrote them does not
/// count.
///
/// @param tensors that are not equal bit for bit, in the order of the first checkpoint
/// @param numEqual tensors that are
/// @param values outside the tensors that are not equal, by name
public record CheckpointDifference(List<TensorDifference> tensors, int numEqual, List<ValueDifference> values) {
    /// A tensor that is not the same in both.
    ///
    /// @param name of it
    /// @param first type and extents in the first checkpoint, or why it has none
    /// @param second likewise in the second
    /// @param largest greatest absolute difference of two elements; infinite where it is no number,
    ///     as it is if one checkpoint lacks the tensor or has it in other sizes
    public record TensorDifference(String name, String first, String second, double largest) {}

    /// A value that is not the same in both.
    ///
    /// @param name with its section, for example `model.hidden-size`
    /// @param first in the first checkpoint, `-` if it is not there
    /// @param second likewise in the second
    public record ValueDifference(String name, String first, String second) {
        /// Whether only the configuration says it: names of folders, intervals of logging.
        public boolean isOfConfiguration() {
            return name.startsWith("configuration.");
        }
    }

    private static final String ABSENT = "-";

    public CheckpointDifference {
        tensors = List.copyOf(tensors);
        values = List.copyOf(values);
    }

    /// Compares all tensors and all values of `first` and `second`. Borrows both.
    public static CheckpointDifference between(CheckpointReader first, CheckpointReader second) {
        var names = new LinkedHashSet<String>();
        first.manifest().tensors().forEach(it -> names.add(it.spec().name()));
        second.manifest().tensors().forEach(it -> names.add(it.spec().name()));
        var different = new ArrayList<TensorDifference>();
        for (String name : names) {
            different.addAll(compare(name, first, second));
        }
        return new CheckpointDifference(
                different, names.size() - different.size(), values(first.manifest(), second.manifest()));
    }

    /// Whether the two are the same point of the same run: only the configuration may differ.
    public boolean isSameState() {
        return tensors.isEmpty() && values.stream().allMatch(ValueDifference::isOfConfiguration);
    }

    private static List<TensorDifference> compare(String name, CheckpointReader first, CheckpointReader second) {
        String one = describe(name, first);
        String other = describe(name, second);
        if (!one.equals(other)) {
            return List.of(new TensorDifference(name, one, other, Double.POSITIVE_INFINITY));
        }
        TensorSpec spec = first.spec(name);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = whole(first, spec, arena);
            MemorySegment b = whole(second, spec, arena);
            return a.mismatch(b) < 0 ? List.of() : List.of(new TensorDifference(name, one, other, largest(spec, a, b)));
        }
    }

    private static MemorySegment whole(CheckpointReader reader, TensorSpec spec, Arena arena) {
        MemorySegment bytes =
                arena.allocate(Math.max(1, spec.sizeBytes()), Long.BYTES).asSlice(0, spec.sizeBytes());
        reader.read(spec.name(), new TensorPartition.Replicated(), bytes);
        return bytes;
    }

    private static double largest(TensorSpec spec, MemorySegment a, MemorySegment b) {
        double largest = 0;
        for (long i = 0; i < spec.numElements(); i++) {
            double difference = Math.abs(spec.type().read(a, i) - spec.type().read(b, i));
            largest = Math.max(largest, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
        return largest;
    }

    private static String describe(String name, CheckpointReader reader) {
        if (!reader.contains(name)) {
            return "not there";
        }
        TensorSpec spec = reader.spec(name);
        return spec.type() + " " + spec.extents();
    }

    private static List<ValueDifference> values(Manifest first, Manifest second) {
        Map<String, String> one = flat(first);
        Map<String, String> other = flat(second);
        var names = new TreeSet<>(one.keySet());
        names.addAll(other.keySet());
        var different = new ArrayList<ValueDifference>();
        for (String name : names) {
            String a = one.getOrDefault(name, ABSENT);
            String b = other.getOrDefault(name, ABSENT);
            if (!Objects.equals(a, b)) {
                different.add(new ValueDifference(name, a, b));
            }
        }
        return different;
    }

    private static Map<String, String> flat(Manifest manifest) {
        var values = new TreeMap<String, String>();
        ModelSource.Progress progress = manifest.position().progress();
        values.put("position.step", String.valueOf(progress.step()));
        values.put("position.consumed-samples", String.valueOf(progress.consumedTrainSamples()));
        values.put("position.consumed-valid-samples", String.valueOf(progress.consumedValidSamples()));
        values.put("position.adam-steps", String.valueOf(progress.numAdamSteps()));
        values.put("position.seed", String.valueOf(manifest.position().seed()));
        for (Manifest.Section section : Manifest.Section.values()) {
            flatten(ManifestJson.key(section), manifest.section(section), values);
        }
        return values;
    }

    /// A text of several lines, such as a configuration in HOCON, counts line by line.
    private static void flatten(String name, Object value, Map<String, String> into) {
        switch (value) {
            case Map<?, ?> map -> map.forEach((key, inner) -> flatten(name + "." + key, inner, into));
            case String text
            when text.contains(" = ") && text.contains("\n") ->
                text.lines().forEach(line -> {
                    String[] parts = line.split(" = ", 2);
                    into.put(name + "." + parts[0], parts.length == 2 ? parts[1] : "");
                });
            default -> into.put(name, String.valueOf(value));
        }
    }
}
