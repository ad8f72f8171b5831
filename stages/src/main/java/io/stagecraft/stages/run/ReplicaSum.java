package io.stagecraft.stages.run;

import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.layer.ReplicaShare;
import io.stagecraft.model.optimizer.GradientNorm;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.link.CollectiveGroup;
import io.stagecraft.stages.link.CollectiveGroup.SummedRange;
import java.util.ArrayList;
import java.util.List;

/// Sums the gradients of a stage's replicas, with their norm, and keeps the replicas' weights
/// equal.
///
/// Each replica sums its part of the gradients, and squares what it has summed while that is in the
/// cache; the sums of the squares go to all. With [OptimizerLayout#DISTRIBUTED] that is all, and
/// after the update each replica takes from the others the weights of which they have updated
/// theirs; with [OptimizerLayout#REPLICATED] the summed gradients go to all, and each updates
/// everything.
///
/// - Thread: the rank's compute thread; every method blocks it until the replicas are there.
final class ReplicaSum {
    private final CollectiveGroup replicas;
    private final ParameterStore store;
    private final OptimizerLayout layout;
    private final GradientNorm norm;
    private final long[] borders;
    private final long[] blockBorders;
    private final List<SummedRange> ranges = new ArrayList<>();

    /// Borrows all of them; `norm` is of the parameters of `store`.
    ReplicaSum(CollectiveGroup replicas, ParameterStore store, OptimizerLayout layout, GradientNorm norm) {
        this.replicas = replicas;
        this.store = store;
        this.layout = layout;
        this.norm = norm;
        var division = new ReplicaShare(replicas.rank(), replicas.size());
        this.borders = store.borders(division);
        this.blockBorders = blockBorders(division);
        store.trained().forEach(it -> addRange(it.parameter(), division));
    }

    private long[] blockBorders(ReplicaShare division) {
        long[] found = new long[division.size() + 1];
        for (int replica = 0; replica <= division.size(); replica++) {
            for (int i = 0; i < norm.parameters().size(); i++) {
                long from = store.firstElement(norm.parameters().get(i), division, replica);
                found[replica] = Math.max(found[replica], from == 0 ? 0 : norm.firstBlock(i, from));
            }
        }
        return found;
    }

    private void addRange(Parameter parameter, ReplicaShare division) {
        long from = store.firstElement(parameter, division, division.rank());
        long to = store.firstElement(parameter, division, division.rank() + 1);
        if (from < to) {
            Tensor sum = parameter.gradient().slice(from, to - from);
            ranges.add(new SummedRange(sum, squares(parameter, from, to)));
        }
    }

    private Tensor squares(Parameter parameter, long from, long to) {
        int i = norm.parameters().indexOf(parameter);
        if (i < 0) {
            return norm.blocks().slice(0, 0); // the copy of a tied embedding
        }
        return norm.blocks().slice(norm.firstBlock(i, from), norm.firstBlock(i, to) - norm.firstBlock(i, from));
    }

    /// Between the last backward and the update. Leaves the blocks of the norm.
    void sum() {
        if (replicas.size() == 1) {
            norm.measure();
            return;
        }
        replicas.sumRanges(store.gradients(), borders, ranges);
        replicas.gatherRanges(norm.blocks(), blockBorders);
        switch (layout) {
            case DISTRIBUTED -> {
                // the others' parts are not needed
            }
            case REPLICATED -> replicas.gatherRanges(store.gradients(), borders);
        }
    }

    /// After the update.
    void spreadWeights() {
        switch (layout) {
            case DISTRIBUTED -> replicas.gatherRanges(store.weights(), borders);
            case REPLICATED -> {
                // every replica has updated all
            }
        }
    }
}
