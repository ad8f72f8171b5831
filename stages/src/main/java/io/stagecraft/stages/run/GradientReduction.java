package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.gpt.GptStage.TiedEmbedding;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.optimizer.Adam;
import io.stagecraft.model.optimizer.GradientNorm;
import java.util.ArrayList;
import java.util.List;

/// What happens to a rank's gradients between the last backward and the next step: sums, norm,
/// update.
///
/// First the two gradients of the tied embedding are summed, the lookup's before the head's,
/// whether they lie on one rank or on two; they are kept apart until here, so that a pipeline adds
/// in the order of a single stage. Then replicas are summed in ascending order: [ReplicaSum].
/// Nothing is divided: [LossScale] did it.
///
/// Source: Megatron-LM.
final class GradientReduction implements AutoCloseable {
    private final Backend backend;
    private final RankGroups groups;
    private final ParameterStore parameters;
    private final TiedEmbedding tied;
    private final Adam adam;
    private final GradientNorm norm;
    private final double[] squares;
    private final ReplicaSum replicas;

    /// Borrows the store, the groups and the optimizer of the store's parameters.
    GradientReduction(
            Backend backend,
            RankGroups groups,
            ParameterStore store,
            GptStage model,
            Adam adam,
            OptimizerLayout layout) {
        this.backend = backend;
        this.groups = groups;
        this.parameters = store;
        this.tied = model.tiedEmbedding();
        this.adam = adam;
        this.norm = new GradientNorm(backend, groups.tensor(), model.parameters());
        this.squares = new double[norm.parameters().size()];
        this.replicas = new ReplicaSum(groups.data(), store, layout, norm);
    }

    /// Forgets the last step's gradients.
    void zero() {
        parameters.zeroGradients();
    }

    /// Sums what belongs together.
    void reduce() {
        switch (tied) {
            case TiedEmbedding.Absent _ -> {
                // this rank has no part of a tied embedding
            }
            case TiedEmbedding.Both(Parameter own, Parameter copy) -> backend.add(copy.gradient(), own.gradient());
            case TiedEmbedding.First(Parameter own) -> groups.embedding().allReduceSum(own.gradient());
            case TiedEmbedding.Last(Parameter copy) -> groups.embedding().allReduceSum(copy.gradient());
        }
        replicas.sum();
    }

    /// `Σ g²` of each parameter, 0 for what another rank counts.
    List<Double> squaredNorms() {
        norm.squares(squares);
        var norms = new ArrayList<Double>(squares.length);
        for (double square : squares) {
            norms.add(square);
        }
        return List.copyOf(norms);
    }

    /// Updates the weights from the gradients times `scale`. The replicas of a rank have equal
    /// weights then.
    void update(double learningRate, double scale) {
        adam.step(learningRate, scale);
        replicas.spreadWeights();
    }

    @Override
    public void close() {
        norm.close();
    }
}
