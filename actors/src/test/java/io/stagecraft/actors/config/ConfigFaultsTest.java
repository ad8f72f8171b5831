package io.stagecraft.actors.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Bad configurations: what is said about each. The rows are the oracle.
class ConfigFaultsTest {
    /// Arguments (separated by `;`), the key complained about, words of the rule or of what is offered.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            model.num-layer=4                          | model.num-layer                | did you mean model.num-layers?
            num_layers=4                               | num_layers                     | did you mean model.num-layers?
            train.seed=4                               | train.seed                     | did you mean run.seed?
            model.hiddenSize=64                        | model.hiddenSize               | did you mean model.hidden-size?
            modle.hidden-size=64                       | modle.hidden-size              | unknown key
            zzzzzzzzzzzz=1                             | zzzzzzzzzzzz                   | unknown key
            model=5                                    | model                          | must be a group
            stagecraft=5                               | stagecraft                     | must be a group
            model.num-layers={a=1}                     | model.num-layers               | must be a single value
            model.num-layers=null                      | model.num-layers               | must be a single value
            model.num-layers=[1]                       | model.num-layers               | must be a single value
            model.num-layers=four                      | model.num-layers               | must be a whole number at least 1
            model.num-layers=2.5                       | model.num-layers               | must be a whole number
            model.num-layers=                          | model.num-layers               | must be a whole number at least 1
            model.num-layers=0                         | model.num-layers               | must be a whole number at least 1
            model.num-layers=99999999999               | model.num-layers               | at most 2147483647
            model.hidden-dropout=1.0                   | model.hidden-dropout           | must be a number in [0, 1)
            model.attention-dropout=-0.1               | model.attention-dropout        | must be a number in [0, 1)
            model.attention-dropout=NaN                | model.attention-dropout        | must be a number in [0, 1)
            model.gelu=swish                           | model.gelu                     | must be one of erf, tanh
            model.ffn-hidden-size=-4                   | model.ffn-hidden-size          | at least 0
            run.seed=0                                 | run.seed                       | at least 1
            run.name=                                  | run.name                       | must not be empty
            data.validation-fraction=0.6               | data.validation-fraction       | must be a number in (0, 0.5]
            data.sequence-length=256                   | data.sequence-length           | must be at most model.max-position-embeddings
            parallel.schedule=interleaved              | parallel.schedule              | must be one of 1f1b, gpipe
            parallel.data-size=0                       | parallel.data-size             | at least 1
            model.hidden-size=130                      | model.hidden-size              | nearest: model.hidden-size = 128 or 132
            parallel.tensor-size=3;model.make-vocab-size-divisible-by=129;model.ffn-hidden-size=129 | model.num-attention-heads | nearest: model.num-attention-heads = 3 or 6, or parallel.tensor-size = 2 or 4
            parallel.tensor-size=4;model.ffn-hidden-size=130 | model.ffn-hidden-size    | nearest: model.ffn-hidden-size = 128 or 132, or parallel.tensor-size = 2 or 5
            parallel.tensor-size=4;model.make-vocab-size-divisible-by=50 | model.make-vocab-size-divisible-by | nearest: model.make-vocab-size-divisible-by = 48 or 52
            parallel.pipeline-size=5                   | parallel.pipeline-size         | nearest: parallel.pipeline-size = 3 or 4, or model.num-layers = 5
            train.exit-after=soon                      | train.exit-after               | or a time with its unit as in 2h
            train.exit-after=0 steps                   | train.exit-after               | or a time with its unit as in 2h
            train.exit-after=0s                        | train.exit-after               | or a time with its unit as in 2h
            train.exit-after=1000                      | train.exit-after               | or a time with its unit as in 2h
            train.stop-within=-1s                      | train.stop-within              | must be a time of at least 0
            train.stop-within=8                        | train.stop-within              | must be a time of at least 0
            train.recompute-granularity=all            | train.recompute-granularity    | must be one of full, none, selective
            train.recompute-granularity=full           | train.recompute-granularity    | nearest: train.recompute-method = uniform
            train.recompute-granularity=selective;train.recompute-method=block | train.recompute-method | nearest: train.recompute-method = none, or train.recompute-granularity = full
            train.recompute-num-layers=2               | train.recompute-num-layers     | is for train.recompute-granularity = full
            train.recompute-granularity=full;train.recompute-method=block;train.recompute-num-layers=3;parallel.pipeline-size=2 | train.recompute-num-layers | nearest: train.recompute-num-layers = 2
            train.eval-order=backwards                 | train.eval-order               | must be one of continuing, fixed
            checkpoint.resume=perhaps                  | checkpoint.resume              | must be one of auto, never, required
            train.global-batch-size=18                 | train.global-batch-size        | nearest: train.global-batch-size = 16 or 20
            parallel.data-size=3                       | train.global-batch-size        | nearest: train.global-batch-size = 12 or 24
            optimizer.learning-rate=0                  | optimizer.learning-rate        | must be a number above 0
            optimizer.min-learning-rate=1              | optimizer.min-learning-rate    | must be at most optimizer.learning-rate
            optimizer.beta2=1                          | optimizer.beta2                | must be a number in [0, 1)
            optimizer.warmup-samples=ten               | optimizer.warmup-samples       | a share of the decay as in 10 %
            optimizer.warmup-samples=10000             | optimizer.warmup-samples       | which are 9600
            optimizer.warmup-samples=101 %             | optimizer.warmup-samples       | must be less than the samples of the decay
            optimizer.warmup-samples=100 %             | optimizer.warmup-samples       | nearest: optimizer.warmup-samples = 9599
            optimizer.decay-style=exponential          | optimizer.decay-style          | must be one of constant, cosine, inverse-square-root, linear
            transport.term-length-bytes=100000         | transport.term-length-bytes    | nearest: transport.term-length-bytes = 65536 or 131072
            transport.term-length-bytes=32 KiB         | transport.term-length-bytes    | must be a power of two
            transport.udp-port=80                      | transport.udp-port             | in [1024, 65535]
            transport.channel=tcp                      | transport.channel              | must be one of ipc, loopback, udp
            backend.type=gpu                           | backend.type                   | must be one of cpu, scalar
            checkpoint.keep=0                          | checkpoint.keep                | at least 1
            generate.temperature=0                     | generate.temperature           | must be a number in (0, 100]
            generate.top-k=1001                        | generate.top-k                 | must be a whole number in [0, 1000]
            generate.top-k=5;generate.top-p=0.9        | generate.top-k                 | cannot be combined with generate.top-p
            train.train-iters                          | train.train-iters              | must have the form key=value
            a..b=3                                     | a..b                           | a key must be names
            """)
    void shouldNameKeyAndRule(String arguments, String key, String words) {
        List<ConfigFault> faults = faults(arguments.split(";"));
        assertThat(faults).hasSize(1);
        assertThat(faults.getFirst().key()).isEqualTo(key);
        assertThat(faults.getFirst().rule() + "; " + faults.getFirst().nearest())
                .contains(words);
        assertThat(faults.getFirst().where()).isNotEmpty();
    }

    @Test
    void shouldFindAllFaultsAtOnce() {
        List<ConfigFault> faults = faults(
                "model.num-layer=4",
                "model.gelu=swish",
                "parallel.tensor-size=3",
                "train.global-batch-size=18",
                "run.seed=x");
        // Tensor size 3 breaks the heads and the vocabulary; the hidden size and the MLP follow from the heads.
        assertThat(faults)
                .extracting(ConfigFault::key)
                .containsExactlyInAnyOrder(
                        "model.num-layer",
                        "model.gelu",
                        "model.num-attention-heads",
                        "model.make-vocab-size-divisible-by",
                        "train.global-batch-size",
                        "run.seed");
    }

    @Test
    void shouldNotBlameARuleForAValueThatIsNoValue() {
        // Heads x would break "hidden is a multiple of heads" only by accident.
        assertThat(faults("model.num-attention-heads=x", "model.hidden-size=130"))
                .extracting(ConfigFault::key)
                .containsExactly("model.num-attention-heads");
    }

    @Test
    void shouldSayWhereTheOtherSettingOfARuleWasWritten() {
        ConfigFault fault = faults("train.micro-batch-size=5").getFirst();
        assertThat(fault.where()).startsWith("reference.conf:");
        assertThat(fault.rule()).contains("train.micro-batch-size = 5 (command line)");
    }

    @Test
    void shouldAddTheCallersRules() {
        var reader = new TrainConfigReader(
                config -> List.of(new Breach(List.of("model.hidden-size"), "needs more memory than there is", "")));
        ConfigOutcome outcome = reader.read(request("model.hidden-size=256"));
        assertThat(((ConfigOutcome.Refused) outcome).faults().getFirst())
                .isEqualTo(new ConfigFault(
                        "model.hidden-size", "256", "needs more memory than there is", "", "command line"));
    }

    @Test
    void shouldPrintAReportThatAPersonCanRead() {
        String report = FaultReport.of(faults("train.train-itres=4", "parallel.pipeline-size=5"));
        assertThat(report.lines().toList())
                .containsExactly(
                        "stagecraft: the configuration has 2 faults; nothing was started.",
                        "",
                        "  1. train.train-itres = 4   (command line)",
                        "     unknown key",
                        "     did you mean train.train-iters?",
                        "",
                        "  2. parallel.pipeline-size = 5   (command line)",
                        "     must be at most model.num-layers, since every stage needs a layer; "
                                + report.lines()
                                        .filter(line -> line.contains("model.num-layers = 4 ("))
                                        .map(line -> line.substring(line.indexOf("model.num-layers = 4")))
                                        .findFirst()
                                        .orElse(""),
                        "     nearest: parallel.pipeline-size = 3 or 4, or model.num-layers = 5",
                        "",
                        "`stagecraft config show` lists every key with its value and where it is written.");
    }

    @Test
    void shouldNameTheKeyThatWasMeantWhereItsGroupIsMisspelled() {
        assertThat(faults("modle.hidden-size=64"))
                .containsExactly(new ConfigFault(
                        "modle.hidden-size", "64", "unknown key", "did you mean model.hidden-size?", "command line"));
    }

    @Test
    void shouldNotPrintControlCharacters() {
        assertThat(FaultReport.of(faults("model.gelu=\u001b[31mred"))).doesNotContain("\u001b");
    }

    private static List<ConfigFault> faults(String... arguments) {
        ConfigOutcome outcome = new TrainConfigReader().read(request(arguments));
        assertThat(outcome).as(Arrays.toString(arguments)).isInstanceOf(ConfigOutcome.Refused.class);
        return ((ConfigOutcome.Refused) outcome).faults();
    }

    private static ConfigRequest request(String... arguments) {
        return new ConfigRequest(
                Path.of(""), Path.of("no-file.conf"), ConfigRequest.Presence.OPTIONAL, List.of(arguments));
    }
}
