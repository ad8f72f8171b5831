package io.stagecraft.stages.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.testing.Ranks;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.WaitStyle;
import io.stagecraft.transport.exchange.Exchange;
import io.stagecraft.transport.exchange.LocalExchange;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Collectives of float32 tensors allocate views and records, no arrays and no vectors.
class CollectiveAllocationTest {
    private static final int ELEMENTS = 1 << 16;
    /// Views: about 400 bytes. A kernel that boxed its vectors would take 64 bytes for each of the 2048 to
    /// 4096 vectors of a rank's half, an array of them 128 KiB.
    private static final long MOST_BYTES = 1024;

    private static final int CALLS = 20;
    /// The compiler works in the background: what is asked is that the ranks get there.
    private static final int ROUNDS = 100;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /// What all ranks call.
    enum Collective {
        ALL_REDUCE_SUM {
            @Override
            void run(CollectiveGroup group, Tensor x) {
                group.allReduceSum(x);
            }
        },
        ALL_REDUCE_MAX {
            @Override
            void run(CollectiveGroup group, Tensor x) {
                group.allReduceMax(x);
            }
        },
        ALL_GATHER {
            @Override
            void run(CollectiveGroup group, Tensor x) {
                group.allGather(x.slice(group.rank() * (ELEMENTS / 2L), ELEMENTS / 2L), x);
            }
        },
        GATHER_SLICES {
            @Override
            void run(CollectiveGroup group, Tensor x) {
                group.gatherSlices(x);
            }
        },
        BARRIER {
            @Override
            void run(CollectiveGroup group, Tensor x) {
                group.barrier();
            }
        };

        abstract void run(CollectiveGroup group, Tensor x);
    }

    @ParameterizedTest
    @EnumSource
    void shouldAllocateNoArraysAndNoVectors(Collective collective) {
        List<Exchange> exchanges = LocalExchange.group(2, new AbortSignal(), WaitStyle.PARK);
        var bundled = new CpuRuntimeConfig(new BlasLibrary.Bundled(Path.of("target", "native-cache")));
        try (var cpu = CpuRuntime.open(bundled)) {
            List<Long> bytes = Ranks.call(2, rank -> {
                try (Backend backend = cpu.newBackend();
                        Storage storage = backend.allocate((long) ELEMENTS * Float.BYTES)) {
                    CollectiveGroup group = CollectiveGroup.of(exchanges.get(rank), backend);
                    var x = new Tensor(storage, 0, Shape.of(ELEMENTS), DType.FLOAT32);
                    return leastBytesACall(() -> collective.run(group, x));
                }
            });
            assertThat(bytes)
                    .as("bytes a call on each rank")
                    .allSatisfy(of -> assertThat(of).isLessThanOrEqualTo(MOST_BYTES));
        }
    }

    private long leastBytesACall(Runnable call) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / CALLS);
        }
        return least;
    }
}
