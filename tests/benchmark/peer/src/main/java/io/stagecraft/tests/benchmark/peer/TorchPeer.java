package io.stagecraft.tests.benchmark.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/// Trains a GPT-2 in PyTorch on one fixed batch of random tokens and prints, as its last line, one
/// JSON object:
///
/// - `stepMillis`: wall time of each measured step (forward, backward, update, dropping of
///   gradients),
/// - `tokensPerStep`,
/// - `firstLoss`, `lastLoss`: nats a token, of the first warm-up step and the last measured one,
/// - `peakResidentBytes`: of this process.
///
/// The process that starts it chooses BLAS and allocator by environment variables;
/// tests/benchmark/README.md names them.
public final class TorchPeer {
    private static final int SEED = 1337;

    private TorchPeer() {}

    /// Runs the steps that the arguments ask for, see [PeerOptions].
    public static void main(String[] arguments) throws IOException {
        PeerOptions options = PeerOptions.parse(arguments);
        torch.set_num_threads(options.threads());
        torch.manual_seed(SEED);
        PeerParameters parameters = new PeerParameters();
        GptPeer model = new GptPeer(options, parameters);
        FusedAdamW optimizer = new FusedAdamW(parameters);
        Tensor tokens = randomTokens(options);
        Tensor targets = randomTokens(options);

        double[] stepMillis = new double[options.warmup() + options.steps()];
        double[] losses = new double[stepMillis.length];
        for (int step = 0; step < stepMillis.length; step++) {
            try (PointerScope _ = new PointerScope()) {
                long start = System.nanoTime();
                Tensor loss = model.loss(tokens, targets);
                loss.backward();
                optimizer.step();
                parameters.dropGradients();
                stepMillis[step] = (System.nanoTime() - start) / 1e6;
                losses[step] = loss.item_float();
            }
        }
        double[] measured = Arrays.copyOfRange(stepMillis, options.warmup(), stepMillis.length);
        System.out.println(json(options, measured, losses));
        System.out.flush();
        // libtorch's static destructors and JavaCPP's deallocator thread do not get along at exit.
        Runtime.getRuntime().halt(0);
    }

    private static Tensor randomTokens(PeerOptions options) {
        long[] shape = {options.batch(), options.sequence()};
        return torch.randint(options.vocabulary(), shape, new TensorOptions(torch.ScalarType.Long));
    }

    private static String json(PeerOptions options, double[] stepMillis, double[] losses) throws IOException {
        String times = Arrays.stream(stepMillis)
                .mapToObj(millis -> String.format(Locale.ROOT, "%.4f", millis))
                .collect(Collectors.joining(","));
        return String.format(
                Locale.ROOT,
                "{\"stepMillis\":[%s],\"tokensPerStep\":%d,\"firstLoss\":%.5f,\"lastLoss\":%.5f,"
                        + "\"peakResidentBytes\":%d}",
                times,
                options.batch() * options.sequence(),
                losses[0],
                losses[losses.length - 1],
                peakResidentBytes());
    }

    private static long peakResidentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
