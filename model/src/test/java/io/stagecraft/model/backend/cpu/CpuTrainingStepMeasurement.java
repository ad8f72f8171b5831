package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AdamStep;
import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/// Time of a full GPT-2 training step (forward, backward, Adam, tied head) through the CPU backend on
/// one thread, by kind of operation; not a test. Arguments `L= H= C= V= T= B= P= drop= steps=
/// blas=PATH`, or `blas=fastest`.
final class CpuTrainingStepMeasurement implements AutoCloseable {
    private static final int WARM_UP = 5;
    private final Map<String, Integer> sizes = new LinkedHashMap<>(
            Map.of("L", 6, "H", 6, "C", 384, "V", 65, "T", 256, "B", 2, "drop", 0, "steps", 20, "P", 1));
    /// Processor time, since others use the machine too.
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    private final Map<String, Long> nanos = new LinkedHashMap<>();
    private final CpuRuntime runtime;
    private final CpuBackend cpu;
    private final SplittableRandom random = new SplittableRandom(1);
    private final int layers;
    private final int c;
    private final int part; // of c, for each of P tensor ranks
    private final int rows;
    private final int vocabulary;
    private final AttentionSpec spec;
    private final Dropout dropout;
    private final Layer[] stack;
    private final Tensor ids;
    private final Tensor positions;
    private final Tensor targets;
    private final Tensor table;
    private final Tensor positionTable;
    private final Tensor dTable;
    private final Tensor dPositionTable;
    private final Tensor x0;
    private final Norm last;
    private final Tensor logits;
    private final Tensor[] perRow = new Tensor[4];
    private final Tensor loss;
    private final Tensor dx;
    private final Tensor dy;
    private final Tensor dWide;
    private final Tensor dQkv;
    private Tensor parameters;
    private Tensor gradients;
    private final Tensor first;
    private final Tensor second;
    private long used;
    private long since;

    public static void main(String[] args) {
        try (var measurement = new CpuTrainingStepMeasurement(args)) {
            measurement.run();
        }
    }

    private final class Norm {
        final Tensor weight = parameter(Shape.of(c));
        final Tensor dWeight = gradient(weight);
        final Tensor bias = parameter(Shape.of(c));
        final Tensor dBias = gradient(bias);
        final Tensor statistics = tensor(Shape.of(rows, 2));
        final Tensor y = tensor(Shape.of(rows, c));

        Norm() {
            cpu.fill(weight, 1);
            cpu.fill(bias, 0);
        }

        void forward(Tensor x) {
            start();
            cpu.layerNorm(operands(x), y);
            stop("layerNorm");
        }

        LayerNormOperands operands(Tensor x) {
            return new LayerNormOperands(x, weight, bias, statistics, 1e-5);
        }

        void backward(Tensor x, Tensor d, Tensor onto) {
            start();
            cpu.layerNormBackward(operands(x), d, onto, new LayerNormGradients(dWeight, dBias), onto);
            stop("layerNorm backward");
        }
    }

    private final class Linear {
        final Tensor weight;
        final Tensor dWeight;
        final Tensor bias;
        final Tensor dBias;

        Linear(int in, int out) {
            weight = parameter(Shape.of(out, in));
            dWeight = gradient(weight);
            bias = parameter(Shape.of(out));
            dBias = gradient(bias);
        }

        void forward(Tensor x, Tensor y, Epilogue epilogue) {
            start();
            cpu.matmul(Matmul.transposeB(), x, weight, y, epilogue);
            stop("matmul forward");
        }

        void backward(Tensor x, Tensor dy, Tensor dx) {
            start();
            cpu.matmul(Matmul.plain(), dy, weight, dx, Epilogue.NONE);
            stop("matmul dgrad");
            start();
            cpu.matmulAdd(Matmul.transposeA(), dy, x, dWeight);
            stop("matmul wgrad");
        }

        void biasGradient(Tensor dy) {
            start();
            cpu.addColumnSums(dy, dBias);
            stop("column sums");
        }
    }

    private final class Layer {
        final Norm norm1 = new Norm();
        final Norm norm2 = new Norm();
        final Linear qkv = new Linear(c, 3 * part);
        final Linear projection = new Linear(part, c);
        final Linear up = new Linear(c, 4 * part);
        final Linear down = new Linear(4 * part, c);
        final Tensor qkvOut = tensor(Shape.of(rows, 3L * part));
        final Tensor saved = tensor(cpu.attentionSavedShape(spec));
        final Tensor attended = tensor(Shape.of(rows, part));
        final Tensor dAttended = tensor(Shape.of(rows, part));
        final Tensor x1 = tensor(Shape.of(rows, c));
        final Tensor pre = tensor(Shape.of(rows, 4L * part));
        final Tensor activated = tensor(Shape.of(rows, 4L * part));
        final Tensor out = tensor(Shape.of(rows, c));

        void forward(Tensor x) {
            norm1.forward(x);
            qkv.forward(norm1.y, qkvOut, new Epilogue.AddBias(qkv.bias));
            start();
            cpu.attention(spec, qkvOut, saved, attended);
            stop("attention");
            projection.forward(attended, x1, Epilogue.NONE);
            residual(x1, projection.bias, x);
            norm2.forward(x1);
            up.forward(norm2.y, pre, new Epilogue.AddBiasGelu(up.bias, Gelu.TANH, activated));
            down.forward(activated, out, Epilogue.NONE);
            residual(out, down.bias, x1);
        }

        private void residual(Tensor y, Tensor bias, Tensor x) {
            start();
            cpu.biasDropoutAdd(y, bias, x, dropout, y);
            stop("biasDropoutAdd");
        }

        private Tensor dropped() {
            if (!dropout.active()) {
                return dx;
            }
            start();
            cpu.dropoutBackward(dx, dropout, dy);
            stop("dropoutBackward");
            return dy;
        }

        void backward(Tensor x) {
            Tensor d = dropped();
            down.backward(activated, d, dWide);
            down.biasGradient(d);
            start();
            cpu.biasGeluBackward(Gelu.TANH, dWide, pre, dWide, up.dBias);
            stop("gelu backward");
            up.backward(norm2.y, dWide, dy);
            norm2.backward(x1, dy, dx);
            Tensor e = dropped();
            projection.backward(attended, e, dAttended);
            projection.biasGradient(e);
            start();
            cpu.attentionBackward(spec, dAttended, qkvOut, saved, dQkv);
            stop("attention backward");
            qkv.backward(norm1.y, dQkv, dy);
            qkv.biasGradient(dQkv);
            norm1.backward(x, dy, dx);
        }
    }

    CpuTrainingStepMeasurement(String[] args) {
        Path cache = Path.of("target", "native-cache");
        BlasLibrary blas = new BlasLibrary.Bundled(cache);
        for (String arg : args) {
            String[] pair = arg.split("=");
            if (pair[0].equals("blas")) {
                boolean fastest = pair[1].equals("fastest");
                blas = fastest ? new BlasLibrary.Fastest(cache) : new BlasLibrary.At(Path.of(pair[1]));
            } else {
                sizes.put(pair[0], Integer.parseInt(pair[1]));
            }
        }
        runtime = CpuRuntime.open(new CpuRuntimeConfig(blas));
        cpu = runtime.newBackend();
        long t0 = System.nanoTime();
        cpu.warmUp(EnumSet.allOf(KernelGroup.class));
        System.out.printf(Locale.ROOT, "%s%nwarm-up %.2f s%n", cpu.describe(), (System.nanoTime() - t0) / 1e9);
        layers = sizes.get("L");
        c = sizes.get("C");
        int t = sizes.get("T");
        int b = sizes.get("B");
        int heads = sizes.get("H") / sizes.get("P");
        part = c / sizes.get("P");
        rows = b * t;
        vocabulary = (sizes.get("V") + 63) / 64 * 64;
        dropout = new Dropout(sizes.get("drop"), 77, 0, t);
        spec = new AttentionSpec(b, t, heads, part / heads, 0, 1 / Math.sqrt((double) part / heads), dropout);
        long total = (long) vocabulary * c
                + (long) t * c
                + 2L * c
                + layers * (12L * c * part + 13L * c)
                + 64L * 16 * layers
                + 999;
        parameters = tensor(Shape.of(total));
        gradients = tensor(Shape.of(total));
        first = tensor(Shape.of(total));
        second = tensor(Shape.of(total));
        table = parameter(Shape.of(vocabulary, c));
        dTable = gradient(table);
        positionTable = parameter(Shape.of(t, c));
        dPositionTable = gradient(positionTable);
        stack = new Layer[layers];
        for (int l = 0; l < layers; l++) {
            stack[l] = new Layer();
        }
        last = new Norm();
        ids = ints(sizes.get("V"));
        targets = ints(sizes.get("V"));
        positions = new Tensor(cpu.allocate(4L * rows), 0, Shape.of(rows), DType.INT32);
        int[] place = new int[rows];
        Arrays.setAll(place, r -> r % t);
        cpu.upload(place, 0, positions);
        x0 = tensor(Shape.of(rows, c));
        logits = tensor(Shape.of(rows, vocabulary));
        for (int i = 0; i < perRow.length; i++) {
            perRow[i] = tensor(Shape.of(rows));
        }
        cpu.fill(perRow[3], 1);
        loss = new Tensor(cpu.allocate(8), 0, Shape.of(1), DType.FLOAT64);
        dx = tensor(Shape.of(rows, c));
        dy = tensor(Shape.of(rows, c));
        dWide = tensor(Shape.of(rows, 4L * part));
        dQkv = tensor(Shape.of(rows, 3L * part));
        parameters = parameters.slice(0, used);
        gradients = gradients.slice(0, used);
    }

    private Tensor tensor(Shape shape) {
        return new Tensor(cpu.allocate(shape.numElements() * 4), 0, shape, DType.FLOAT32);
    }

    private Tensor parameter(Shape shape) {
        Tensor tensor = parameters.slice(used, shape.numElements()).reshape(shape);
        float[] values = new float[(int) shape.numElements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.02 * random.nextGaussian());
        }
        cpu.write(MemorySegment.ofArray(values), tensor);
        used += (shape.numElements() + 15) / 16 * 16;
        return tensor;
    }

    private Tensor gradient(Tensor parameter) {
        return new Tensor(gradients.storage(), parameter.offsetBytes(), parameter.shape(), DType.FLOAT32);
    }

    private Tensor ints(int bound) {
        int[] values = new int[rows];
        Arrays.setAll(values, _ -> random.nextInt(bound));
        Tensor tensor = new Tensor(cpu.allocate(4L * rows), 0, Shape.of(rows), DType.INT32);
        cpu.upload(values, 0, tensor);
        return tensor;
    }

    private void start() {
        since = threads.getCurrentThreadCpuTime();
    }

    private void stop(String what) {
        nanos.merge(what, threads.getCurrentThreadCpuTime() - since, Long::sum);
    }

    private double step(long number) {
        start();
        cpu.fill(gradients, 0);
        stop("zero gradients");
        start();
        cpu.embedding(ids, table, 0, x0);
        cpu.addRowsDropout(positions, positionTable, dropout, x0);
        stop("embedding");
        Tensor x = x0;
        for (Layer layer : stack) {
            layer.forward(x);
            x = layer.out;
        }
        last.forward(x);
        head();
        cpu.fill(dx, 0);
        last.backward(x, dy, dx);
        for (int l = layers - 1; l >= 0; l--) {
            stack[l].backward(l == 0 ? x0 : stack[l - 1].out);
        }
        start();
        cpu.embeddingBackward(dx, ids, 0, dTable);
        cpu.embeddingBackward(dx, positions, 0, dPositionTable);
        stop("embedding");
        start();
        Tensor m = first.slice(0, used);
        Tensor v = second.slice(0, used);
        cpu.adam(new AdamStep(6e-4, 0.9, 0.95, 1e-8, 0.1, number, 1), new AdamTensors(parameters, gradients, m, v));
        stop("adam");
        return cpu.read(loss, 0) / rows;
    }

    private void head() {
        start();
        cpu.matmul(Matmul.transposeB(), last.y, table, logits, Epilogue.NONE);
        stop("matmul forward");
        start();
        VocabShard shard = new VocabShard(logits, targets, 0);
        cpu.fill(loss, 0);
        cpu.rowMax(logits, perRow[0]);
        cpu.softmaxShard(shard, perRow[0], perRow[1], perRow[2]);
        cpu.addCrossEntropy(perRow[1], perRow[2], perRow[3], loss);
        cpu.crossEntropyBackward(shard, perRow[2], perRow[3], 1.0 / rows);
        stop("cross-entropy");
        start();
        cpu.matmul(Matmul.plain(), logits, table, dy, Epilogue.NONE);
        stop("matmul dgrad");
        start();
        cpu.matmulAdd(Matmul.transposeA(), logits, last.y, dTable);
        stop("matmul wgrad");
    }

    private void run() {
        int steps = sizes.get("steps");
        double begin = step(1);
        double end = begin;
        double[] times = new double[steps];
        for (int i = 2 - WARM_UP; i < steps; i++) {
            if (i == 0) {
                nanos.clear();
            }
            long t0 = threads.getCurrentThreadCpuTime();
            end = step(i + WARM_UP);
            if (i >= 0) {
                times[i] = (threads.getCurrentThreadCpuTime() - t0) / 1e6;
            }
        }
        double[] sorted = times.clone();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "[cpu backend] %s step median %.2f ms best %.2f | tok/s %.1f best %.1f | loss %.4f -> %.4f%n",
                sizes,
                sorted[steps / 2],
                sorted[0],
                rows / sorted[steps / 2] * 1e3,
                rows / sorted[0] * 1e3,
                begin,
                end);
        nanos.forEach((what, sum) -> System.out.printf(Locale.ROOT, "  %-20s %8.3f ms%n", what, sum / 1e6 / steps));
    }

    @Override
    public void close() {
        cpu.close();
        runtime.close();
    }
}
