package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Cross entropy and embeddings of a microbatch.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class VocabularyBenchmark {
    private Backend backend;
    private VocabShard shard;
    private Tensor max;
    private Tensor target;
    private Tensor sumExp;
    private Tensor weight;
    private Tensor ids;
    private Tensor table;
    private Tensor x;

    /// Makes the operands.
    @Setup(Level.Trial)
    public void open(KernelOperands operands) {
        ModelSize size = operands.size;
        int rows = size.rows();
        backend = operands.backend();
        ids = operands.ids(rows, size.vocabulary());
        shard = new VocabShard(operands.floats(rows, size.vocabulary()), ids, 0);
        max = operands.floats(1, rows).slice(0, rows);
        target = operands.floats(1, rows).slice(0, rows);
        sumExp = operands.floats(1, rows).slice(0, rows);
        weight = operands.floats(1, rows).slice(0, rows);
        table = operands.floats(size.vocabulary(), size.channels());
        x = operands.floats(rows, size.channels());
        backend.fill(max, 1);
        backend.fill(sumExp, 1);
        backend.fill(weight, 1);
    }

    /// Reads the logits.
    @Benchmark
    public void rowMax(Work work, CopyReference copy) {
        backend.rowMax(shard.logits(), max);
        work.moved(shard.logits().sizeBytes());
    }

    /// Reads and writes the logits. Exponentials of exponentials tend to a fixed point.
    @Benchmark
    public void softmaxShard(Work work, CopyReference copy) {
        backend.softmaxShard(shard, max, target, sumExp);
        work.moved(2.0 * shard.logits().sizeBytes());
    }

    /// Reads and writes the logits.
    @Benchmark
    public void crossEntropyBackward(Work work, CopyReference copy) {
        backend.crossEntropyBackward(shard, sumExp, weight, 1);
        work.moved(2.0 * shard.logits().sizeBytes());
    }

    /// Reads as many rows of the table as it writes.
    @Benchmark
    public void embedding(Work work, CopyReference copy) {
        backend.embedding(ids, table, 0, x);
        work.moved(2.0 * x.sizeBytes());
    }

    /// Reads dOut, reads and writes as many rows of the table.
    @Benchmark
    public void embeddingBackward(Work work, CopyReference copy) {
        backend.embeddingBackward(x, ids, 0, table);
        work.moved(3.0 * x.sizeBytes());
    }
}
