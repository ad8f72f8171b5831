package io.stagecraft.model.layer;

import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.random.Philox;
import io.stagecraft.model.random.PhiloxNormal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Global tensors by name, cut into the parts of ranks and put together again.
record GlobalValues(Map<String, double[]> byName) {
    /// Normal numbers around 0, or around 1 for the weights of layer normalization.
    static GlobalValues random(List<Parameter> parameters) {
        var byName = new LinkedHashMap<String, double[]>();
        for (Parameter parameter : parameters) {
            double mean = parameter.name().endsWith("norm.weight") ? 1 : 0;
            double[] values = new double[(int) parameter.globalShape().numElements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = mean + 0.3 * PhiloxNormal.at(Philox.key(5, parameter.name()), i);
            }
            byName.put(parameter.name(), values);
        }
        return new GlobalValues(byName);
    }

    /// The same with element `index` of `name` moved by `delta`.
    GlobalValues moved(String name, int index, double delta) {
        var copy = new LinkedHashMap<>(byName);
        double[] values = byName.get(name).clone();
        values[index] += delta;
        copy.put(name, values);
        return new GlobalValues(copy);
    }

    /// The part of a rank, in its memory order.
    double[] part(Parameter parameter) {
        double[] global = byName.get(parameter.name());
        int[] places = places(parameter);
        double[] local = new double[places.length];
        for (int i = 0; i < local.length; i++) {
            local[i] = global[places[i]];
        }
        return local;
    }

    /// Where each local element lies in the global tensor.
    static int[] places(Parameter parameter) {
        int rows = (int) parameter.globalShape().rows();
        int columns = (int) parameter.globalShape().last();
        var kept = new ArrayList<Integer>();
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                if (has(parameter, r, c)) {
                    kept.add(r * columns + c);
                }
            }
        }
        return kept.stream().mapToInt(Integer::intValue).toArray();
    }

    private static boolean has(Parameter parameter, int row, int column) {
        return switch (parameter.partition()) {
            case TensorPartition.Replicated() -> true;
            case TensorPartition.Split(int dim, int rank, int size) -> {
                boolean vector = parameter.globalShape().rank() == 1;
                int index = vector || dim == 1 ? column : row;
                int extent = (int) parameter.globalShape().extent(vector ? 0 : dim) / size;
                yield index / extent == rank;
            }
        };
    }
}
