package io.stagecraft.model.layer;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;

/// A [ForwardContext] for tests, with arenas of its own.
public final class MicrobatchContext implements ForwardContext, AutoCloseable {
    private final Mode mode;
    private final Batch batch;
    private final Storage inputs;
    private final Storage forward;
    private final Storage backward;
    private final Tensor tokens;
    private final Tensor positions;
    private final Tensor starts;
    private final Tensor targets;
    private final Tensor lossWeights;
    private final TensorArena arena;
    private final TensorArena gradients;

    /// The data of one microbatch; rows are sequence-major. Without `starts` of documents attention is causal.
    public record Batch(
            int numSequences,
            int numPositions,
            long firstSample,
            int[] tokens,
            int[] targets,
            double[] lossWeights,
            double lossScale,
            List<Integer> starts) {
        public Batch(
                int numSequences,
                int numPositions,
                long firstSample,
                int[] tokens,
                int[] targets,
                double[] lossWeights,
                double lossScale) {
            this(numSequences, numPositions, firstSample, tokens, targets, lossWeights, lossScale, List.of());
        }

        /// The same with documents that begin at these positions of their sequences.
        public Batch withStarts(List<Integer> newStarts) {
            return new Batch(
                    numSequences, numPositions, firstSample, tokens, targets, lossWeights, lossScale, newStarts);
        }

        public int rows() {
            return numSequences * numPositions;
        }
    }

    public MicrobatchContext(Backend backend, Mode mode, Batch batch, long arenaBytes) {
        this.mode = mode;
        this.batch = batch;
        inputs = backend.allocate(1024 + 64L * batch.rows());
        forward = backend.allocate(arenaBytes);
        backward = backend.allocate(arenaBytes);
        var inputArena = new TensorArena("inputs", inputs);
        Shape rows = Shape.of(batch.rows());
        tokens = inputArena.allocate(DType.INT32, rows);
        positions = inputArena.allocate(DType.INT32, rows);
        starts = inputArena.allocate(DType.INT32, rows);
        targets = inputArena.allocate(DType.INT32, rows);
        lossWeights = inputArena.allocate(backend.dtype(), rows);
        backend.upload(batch.tokens(), 0, tokens);
        backend.upload(batch.targets(), 0, targets);
        int[] ascending = IntStream.range(0, batch.rows())
                .map(r -> r % batch.numPositions())
                .toArray();
        backend.upload(ascending, 0, positions);
        if (!batch.starts().isEmpty()) {
            backend.upload(batch.starts().stream().mapToInt(Integer::intValue).toArray(), 0, starts);
        }
        write(backend, batch.lossWeights(), lossWeights);
        arena = new TensorArena("forward", forward);
        gradients = new TensorArena("backward", backward);
    }

    /// Writes doubles as the tensor's type.
    public static void write(Backend backend, double[] values, Tensor destination) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(destination.sizeBytes(), Long.BYTES);
            for (int i = 0; i < values.length; i++) {
                if (destination.dtype() == DType.FLOAT64) {
                    bytes.setAtIndex(ValueLayout.JAVA_DOUBLE, i, values[i]);
                } else {
                    bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
                }
            }
            backend.write(bytes, destination);
        }
    }

    /// All elements.
    public static double[] read(Backend backend, Tensor source) {
        MemorySegment bytes = backend.readable(source);
        double[] values = new double[Math.toIntExact(source.numElements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = source.dtype() == DType.FLOAT64
                    ? bytes.getAtIndex(ValueLayout.JAVA_DOUBLE, i)
                    : bytes.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        }
        return values;
    }

    @Override
    public Mode mode() {
        return mode;
    }

    @Override
    public int numSequences() {
        return batch.numSequences();
    }

    @Override
    public int numPositions() {
        return batch.numPositions();
    }

    @Override
    public long firstSample() {
        return batch.firstSample();
    }

    @Override
    public Tensor tokens() {
        return tokens;
    }

    @Override
    public Tensor positions() {
        return positions;
    }

    @Override
    public AttentionMask attentionMask() {
        return batch.starts().isEmpty() ? AttentionMask.CAUSAL : new AttentionMask.Documents(starts);
    }

    @Override
    public Tensor targets() {
        return targets;
    }

    @Override
    public Tensor lossWeights() {
        return lossWeights;
    }

    @Override
    public double lossScale() {
        return batch.lossScale();
    }

    @Override
    public TensorArena arena() {
        return arena;
    }

    @Override
    public TensorArena gradients() {
        return gradients;
    }

    @Override
    public void close() {
        inputs.close();
        forward.close();
        backward.close();
    }
}
