package io.stagecraft.actors.megatron;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.config.ConfigFault;
import io.stagecraft.actors.config.ConfigOutcome;
import io.stagecraft.actors.config.ConfigRequest;
import io.stagecraft.actors.config.OptimizerConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfigReader;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.data.DataPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: Megatron-LM 23.04, `arguments.py` and `training.py`.
class MegatronSettingsTest {
    private static final String LEAST = "--num-layers 4 --hidden-size 48 --num-attention-heads 4 --seq-length 64"
            + " --max-position-embeddings 64 --micro-batch-size 2 --train-iters 20 --lr 0.001 --data-path some/data";

    private static MegatronSettings settings(String words) {
        return MegatronSettings.of(Arrays.asList(words.split(" ")));
    }

    private static StagecraftConfig config(String words) {
        MegatronSettings settings = settings(words);
        assertThat(settings.faults()).isEmpty();
        var request =
                new ConfigRequest(Path.of(""), Path.of("none"), ConfigRequest.Presence.OPTIONAL, settings.overrides());
        var outcome = (ConfigOutcome.Accepted) new TrainConfigReader().read(request);
        return outcome.config().settings();
    }

    private static List<String> faults(String words) {
        return settings(words).faults().stream().map(ConfigFault::key).toList();
    }

    @Test
    void shouldHaveMegatronsDefaults() {
        StagecraftConfig config = config(LEAST);

        assertThat(config.run().seed()).isEqualTo(1234);
        assertThat(config.model().attentionDropout()).isEqualTo(0.1);
        assertThat(config.model().hiddenDropout()).isEqualTo(0.1);
        assertThat(config.model().initMethodStd()).isEqualTo(0.02);
        assertThat(config.model().layernormEpsilon()).isEqualTo(1e-5);
        assertThat(config.model().ffnHiddenSize()).isEqualTo(4 * 48);
        assertThat(config.model().makeVocabSizeDivisibleBy()).isEqualTo(128);
        assertThat(config.model().gelu()).isEqualTo(Gelu.TANH);
        assertThat(config.optimizer().beta1()).isEqualTo(0.9);
        assertThat(config.optimizer().beta2()).isEqualTo(0.999);
        assertThat(config.optimizer().epsilon()).isEqualTo(1e-8);
        assertThat(config.optimizer().weightDecay()).isEqualTo(0.01);
        assertThat(config.optimizer().clipGrad()).isEqualTo(1.0);
        assertThat(config.optimizer().minLearningRate()).isZero();
        assertThat(config.optimizer().decayStyle()).isEqualTo(OptimizerConfig.DecayStyle.LINEAR);
        assertThat(config.optimizer().decaySamples()).isEqualTo(20 * 2);
        assertThat(config.optimizer().warmupSamples()).isZero();
        assertThat(config.train().globalBatchSize()).isEqualTo(2);
        assertThat(config.train().logInterval()).isEqualTo(100);
        assertThat(config.train().evalInterval()).isEqualTo(1000);
        assertThat(config.train().evalSamples()).isEqualTo(100 * 2);
        assertThat(config.data().indexed().split()).isEqualTo("969, 30, 1");
    }

    @Test
    void shouldPadTheVocabularyByTheTensorParallelSize() {
        assertThat(config(LEAST + " --tensor-model-parallel-size 4")
                        .model()
                        .withVocabulary(50257)
                        .paddedVocabSize())
                .isEqualTo(50688);
    }

    @Test
    void shouldWorkOutTheDataParallelSizeFromAllRanks() {
        StagecraftConfig config = config(LEAST
                + " --tensor-model-parallel-size 2 --pipeline-model-parallel-size 2 --world-size 12"
                + " --global-batch-size 12");

        assertThat(config.parallel().topology().dataSize()).isEqualTo(3);
    }

    @Test
    void shouldTakeTheBatchOfAllReplicasIfNoneIsGiven() {
        assertThat(config(LEAST + " --world-size 3").train().globalBatchSize()).isEqualTo(2 * 3);
    }

    /// A share of the decay need be no whole number of samples: Megatron-LM counts on with 4.1.
    @Test
    void shouldKeepAFractionalWarmup() {
        StagecraftConfig config =
                config(LEAST + " --global-batch-size 4 --lr-decay-iters 41 --lr-warmup-fraction 0.025");

        assertThat(config.optimizer().warmupSamples()).isEqualTo(0.025 * 41 * 4);
    }

    @Test
    void shouldCountInSamplesWhenTheRunIsGivenInSamples() {
        StagecraftConfig config = config(LEAST.replace("--train-iters 20", "--train-samples 103")
                + " --global-batch-size 4 --lr-decay-samples 90 --lr-warmup-samples 7");

        assertThat(config.train().trainIters()).isEqualTo(25);
        assertThat(config.data().indexed().trainSamples()).isEqualTo(103);
        assertThat(config.optimizer().decaySamples()).isEqualTo(90);
        assertThat(config.optimizer().warmupSamples()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({"'',TANH", "--no-bias-gelu-fusion,ERF", "--no-bias-gelu-fusion --openai-gelu,TANH"})
    void shouldChooseTheGeluThatMegatronComputes(String more, Gelu gelu) {
        assertThat(config((LEAST + " " + more).strip()).model().gelu()).isEqualTo(gelu);
    }

    @Test
    void shouldTakeValuesBehindAnEqualsSignAndTheLastOfTwo() {
        assertThat(config(LEAST + " --seed=7 --seed 8").run().seed()).isEqualTo(8);
    }

    @Test
    void shouldReadABlend() {
        StagecraftConfig config = config(LEAST.replace("some/data", "0.3 /a/x 0.7 /a/y"));

        var blend = (DataPath.Blend) config.data().indexed().path();
        assertThat(blend.paths()).extracting(it -> it.prefix().toString()).containsExactly("/a/x", "/a/y");
        assertThat(blend.paths()).extracting(it -> it.weight()).containsExactly(0.3, 0.7);
    }

    @Test
    void shouldSayAllThatIsMissing() {
        assertThat(faults("--num-layers 4"))
                .containsExactlyInAnyOrder(
                        "--hidden-size",
                        "--num-attention-heads",
                        "--max-position-embeddings",
                        "--seq-length",
                        "--micro-batch-size",
                        "--train-iters",
                        "--lr",
                        "--data-path");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--fp16",
                "--bf16",
                "--sequence-parallel",
                "--num-layers-per-virtual-pipeline-stage 2",
                "--recompute-granularity none",
                "--distribute-saved-activations",
                "--rampup-batch-size 2 2 10",
                "--optimizer sgd",
                "--tokenizer-type SentencePieceTokenizer",
                "--lr-warmup-samples 4",
                "--kv-channels 13",
                "--world-size 0",
                "--no-load-optim",
                "--finetune",
                "--save-interval 3",
                "--train-samples 40"
            })
    void shouldRefuseWhatIsNotHere(String words) {
        assertThat(faults(LEAST + " " + words)).containsExactly(words.split(" ")[0]);
    }

    @ParameterizedTest
    @CsvSource({
        "'', none",
        "--recompute-granularity selective, 'selective, the attention probabilities'",
        "--recompute-activations, 'selective, the attention probabilities'",
        "--checkpoint-activations, 'full, every transformer layer'",
        "--checkpoint-activations --recompute-num-layers 2, 'full, all transformer layers in groups of 2'",
        "--recompute-granularity full --recompute-method uniform, 'full, every transformer layer'",
        "--recompute-granularity full --recompute-method block --recompute-num-layers 3,"
                + " 'full, the first 3 transformer layers of each stage'"
    })
    void shouldComputeAgainWhatMegatronDoes(String words, String recomputation) {
        StagecraftConfig config = config((LEAST + " " + words).strip());

        assertThat(config.train().recompute().recomputation()).hasToString(recomputation);
    }

    @Test
    void shouldSayWhatAnUnknownArgumentMayMean() {
        assertThat(settings(LEAST + " --num-atention-heads 4").faults())
                .extracting(ConfigFault::nearest)
                .containsExactly("did you mean --num-attention-heads?");
    }

    @Test
    void shouldSayWhatHasNoEffect() {
        assertThat(settings(LEAST + " --num-workers 0").remarks())
                .containsExactly("--num-workers has no effect: each rank cuts its own samples out of mapped files");
    }

    @Test
    void shouldNameTheArgumentOfASettingThatIsWrong() {
        var found = new ConfigFault("run.seed", "0", "must be at least 1", "", "command line");

        assertThat(settings(LEAST + " --seed 0").and(List.of(found)))
                .extracting(ConfigFault::where)
                .containsExactly("--seed 0");
    }

    /// What the table says has a meaning is asked for, so that nothing is dropped in silence.
    @Test
    void shouldAskForEveryArgumentThatHasAMeaning() {
        var meant = new ArrayList<String>();
        for (MegatronArgument argument : MegatronArguments.read().all()) {
            switch (argument.treatment()) {
                case MegatronArgument.Treatment.Used _, MegatronArgument.Treatment.Only _ -> meant.add(argument.name());
                case MegatronArgument.Treatment.Same _, MegatronArgument.Treatment.Refused _ -> {}
            }
        }
        var asked = new TreeSet<String>(settings(LEAST).asked());
        asked.addAll(
                settings(LEAST + " --encoder-seq-length 64 --encoder-num-layers 4 --lr-warmup-fraction 0.1 --load x")
                        .asked());
        asked.addAll(settings(LEAST.replace("--train-iters", "--train-samples")).asked());

        assertThat(asked).containsAll(meant);
    }

    @ParameterizedTest
    @CsvSource({
        "--micro-batch 2, names are not shortened here: did you mean --micro-batch-size?",
        "--adam-beta 0.9, names are not shortened here: did you mean --adam-beta1 or --adam-beta2?"
    })
    void shouldSayWhatAShortenedNameMayMean(String words, String meant) {
        assertThat(settings(LEAST + " " + words).faults())
                .extracting(ConfigFault::nearest)
                .containsExactly(meant);
    }

    @Test
    void shouldSayThatArgumentsOfOtherModelsHaveNoEffect() {
        MegatronSettings settings = settings(LEAST + " --biencoder-projection-dim 3 --img-h 64 --dino-norm-last-layer");

        assertThat(settings.faults()).isEmpty();
        assertThat(settings.remarks()).hasSize(3);
    }
}
