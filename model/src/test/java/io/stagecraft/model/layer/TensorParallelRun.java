package io.stagecraft.model.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A [Subject] on one or several tensor ranks, as a function of global values in double.
record TensorParallelRun(int size, Model model, MicrobatchContext.Batch batch, int width) {
    private static final long ARENA_BYTES_PER_ROW = 48 << 10;

    /// Builds the subject on one rank.
    interface Model {
        Subject build(Backend backend, TensorParallelGroup group, ParameterFactory factory);
    }

    /// Value and gradients; those of parameters by name, put together from all ranks.
    record Result(double value, double[] dX, Map<String, double[]> gradients) {}

    private record RankResult(double value, double[] dX, List<Parameter> parameters, List<double[]> gradients) {}

    /// The same on one rank.
    TensorParallelRun alone() {
        return new TensorParallelRun(1, model, batch, width);
    }

    /// Parameters as one rank alone has them.
    List<Parameter> parameters() {
        var backend = new ScalarBackend(DType.FLOAT64);
        var parameters = new ArrayList<Parameter>();
        ParameterStore.measure(
                backend,
                factory -> parameters.addAll(model.build(backend, TensorParallelGroup.single(), factory)
                        .parameters()));
        return parameters;
    }

    /// The value only.
    double value(double[] x, GlobalValues values) {
        return run(x, values, false).getFirst().value();
    }

    /// Value and all gradients. Every rank must have the same value, dX and gradients of replicated
    /// parameters.
    Result gradients(double[] x, GlobalValues values) {
        List<RankResult> ranks = run(x, values, true);
        RankResult first = ranks.getFirst();
        var gradients = new LinkedHashMap<String, double[]>();
        values.byName().forEach((name, value) -> gradients.put(name, new double[value.length]));
        for (RankResult rank : ranks) {
            assertThat(rank.value()).as("value on every rank").isEqualTo(first.value());
            assertThat(rank.dX()).as("dX on every rank").isEqualTo(first.dX());
        }
        for (int p = 0; p < first.parameters().size(); p++) {
            collect(ranks, p, gradients);
        }
        return new Result(first.value(), first.dX(), gradients);
    }

    private static void collect(List<RankResult> ranks, int p, Map<String, double[]> gradients) {
        Parameter parameter = ranks.getFirst().parameters().get(p);
        double[] global = gradients.get(parameter.name());
        for (int rank = 0; rank < ranks.size(); rank++) {
            Parameter part = ranks.get(rank).parameters().get(p);
            double[] gradient = ranks.get(rank).gradients().get(p);
            if (part.partition().countsOnRank(rank)) {
                int[] places = GlobalValues.places(part);
                for (int i = 0; i < places.length; i++) {
                    global[places[i]] += gradient[i]; // both uses of a tied embedding
                }
            } else {
                assertThat(gradient)
                        .as("gradient of %s on rank %d", part.name(), rank)
                        .isEqualTo(ranks.getFirst().gradients().get(p));
            }
        }
    }

    private List<RankResult> run(double[] x, GlobalValues values, boolean backward) {
        if (size == 1) {
            var backend = new ScalarBackend(DType.FLOAT64);
            return List.of(runRank(backend, TensorParallelGroup.single(), x, values, backward));
        }
        return BarrierGroup.onRanks(size, (rank, meeting) -> {
            var backend = new ScalarBackend(DType.FLOAT64);
            return runRank(backend, new BarrierGroup(meeting, rank, backend), x, values, backward);
        });
    }

    private RankResult runRank(
            Backend backend, TensorParallelGroup group, double[] input, GlobalValues values, boolean backward) {
        ParameterSizes sizes = ParameterStore.measure(backend, factory -> model.build(backend, group, factory));
        try (var store = ParameterStore.allocate(backend, sizes);
                var context = new MicrobatchContext(
                        backend, ForwardContext.Mode.TRAINING, batch, batch.rows() * ARENA_BYTES_PER_ROW)) {
            Subject subject = model.build(backend, group, store);
            for (Parameter parameter : subject.parameters()) {
                MicrobatchContext.write(backend, values.part(parameter), parameter.value());
            }
            Tensor x = context.arena().allocate(backend.dtype(), Shape.of(batch.rows(), width));
            MicrobatchContext.write(backend, input, x);
            double value = subject.forward(x, context);
            var gradients = new ArrayList<double[]>();
            double[] dX = {};
            if (backward) {
                dX = MicrobatchContext.read(backend, subject.backward(context));
                subject.parameters().forEach(p -> gradients.add(MicrobatchContext.read(backend, p.gradient())));
            }
            return new RankResult(value, dX, subject.parameters(), gradients);
        }
    }
}
