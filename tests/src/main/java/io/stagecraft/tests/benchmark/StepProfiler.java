package io.stagecraft.tests.benchmark;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.link.RankExchanges;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.Progress;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.topology.RankCoordinate;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// Watches every rank at its ports: arithmetic at the [Backend], meetings at the exchanges, sends
/// and takes at the links, phases at the [RankProgram]. The code between them is not changed for
/// it.
///
/// Threads: ranks ask for their own; [#steps] is for after the run.
final class StepProfiler implements RankInstruments {
    private final Map<RankCoordinate, RankProbe> probes = new ConcurrentHashMap<>();

    /// What each rank did in each step.
    Map<RankCoordinate, List<RankProbe.RankStep>> steps() {
        return probes.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().steps()));
    }

    @Override
    public RankPorts around(RankCoordinate rank, RankPorts ports) {
        RankProbe probe = probe(rank);
        RankExchanges exchanges = ports.exchanges();
        return new RankPorts(
                backend(probe, ports.backend()),
                new ProfiledTransport(probe, ports.transport()),
                new RankExchanges(
                        new ProfiledExchange(probe, exchanges.tensor()),
                        new ProfiledExchange(probe, exchanges.data()),
                        new ProfiledExchange(probe, exchanges.embedding())),
                ports.training(),
                ports.validation(),
                ports.signal(),
                ports.waitStyle(),
                ports.onArrival());
    }

    @Override
    public RankProgram around(RankCoordinate rank, RankProgram program) {
        return new ProfiledProgram(probe(rank), program);
    }

    private RankProbe probe(RankCoordinate rank) {
        return probes.computeIfAbsent(rank, _ -> new RankProbe());
    }

    /// By reflection, because all of its operations are watched alike, those to come too.
    private static Backend backend(RankProbe probe, Backend measured) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (_, method, arguments) -> {
                    Object[] given = method.getParameterCount() == 0 ? new Object[0] : arguments;
                    Activity before = probe.enterKernel(kindOf(method));
                    try {
                        return method.invoke(measured, given);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    } finally {
                        probe.enter(before);
                        probe.addGemm(flops(given));
                    }
                });
    }

    private static Activity kindOf(Method operation) {
        String name = operation.getName();
        if (name.startsWith("matmul")) {
            return Activity.GEMM;
        }
        if (operation.getReturnType() != void.class) {
            return Activity.RANK_CODE; // asks for something and computes nothing
        }
        return name.toLowerCase(Locale.ROOT).contains("attention") ? Activity.ATTENTION : Activity.OTHER_KERNELS;
    }

    /// Of `c = op(a) op(b)`; 0 for what is no matrix product.
    private static double flops(Object[] arguments) {
        if (arguments.length < 4 || !(arguments[0] instanceof Matmul op)) {
            return 0;
        }
        Shape[] shapes = Arrays.stream(arguments)
                .filter(Tensor.class::isInstance)
                .map(tensor -> ((Tensor) tensor).shape())
                .toArray(Shape[]::new);
        long inner = op.aTransposed() ? shapes[0].rows() : shapes[0].last();
        return 2.0 * shapes[2].numElements() * inner;
    }

    private record ProfiledProgram(RankProbe probe, RankProgram program, Phase[] running) implements RankProgram {
        ProfiledProgram(RankProbe probe, RankProgram program) {
            this(probe, program, new Phase[1]);
        }

        @Override
        public void begin(Phase phase) {
            running[0] = phase;
            if (phase instanceof Phase.TrainStep) {
                probe.beginGradients();
            } else if (phase instanceof Phase.ApplyUpdate) {
                probe.beginUpdate();
            }
            program.begin(phase);
        }

        @Override
        public Progress advance() {
            probe.enter(Activity.RANK_CODE);
            Progress progress = program.advance();
            if (progress == Progress.WAITING) {
                probe.enter(Activity.WAIT_ARRIVAL);
            }
            return progress;
        }

        @Override
        public PhaseResult result() {
            PhaseResult result = program.result();
            if (running[0] instanceof Phase.TrainStep) {
                probe.endGradients();
            } else if (running[0] instanceof Phase.ApplyUpdate(long step, double _, double _)) {
                probe.endUpdate(step);
            }
            return result;
        }

        @Override
        public void close() {
            program.close();
        }
    }
}
