package io.stagecraft.tests.benchmark.peer;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// AdamW as `torch.optim.AdamW(fused=True)` runs it: one call updates a whole group of parameters.
///
/// The Java presets do not bind this operator, and the `AdamW` they bind loops over unfused
/// operations. So it is called through the foreign-function API as `at::_ops::_fused_adamw_::call`.
///
/// - Source: `aten/src/ATen/native/native_functions.yaml` of PyTorch 2.13, `_fused_adamw_`.
@SuppressWarnings("restricted") // -Xlint:all reports every native binding
final class FusedAdamW {
    private static final double LEARNING_RATE = 6e-4;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.95;
    private static final double EPSILON = 1e-8;

    /// `c10::ArrayRef<at::Tensor>`: a pointer to tensors and their number.
    private static final StructLayout TENSOR_LIST =
            MemoryLayout.structLayout(ValueLayout.ADDRESS.withName("data"), ValueLayout.JAVA_LONG.withName("length"));

    /// `at::Tensor` is one counted pointer.
    private static final ValueLayout.OfLong TENSOR = ValueLayout.JAVA_LONG;

    private static final String SYMBOL = "_ZN2at4_ops13_fused_adamw_4callEN3c108ArrayRefINS_6TensorEEES5_S5_S5_S5_S5_"
            + "dddddbbRKSt8optionalIS4_ES9_";

    private final MethodHandle fusedAdamW;
    private final Group decaying;
    private final Group plain;

    /// Zero moments for all parameters.
    FusedAdamW(PeerParameters parameters) {
        this.fusedAdamW = bind();
        this.decaying = new Group(parameters.matrices(), 0.1);
        this.plain = new Group(parameters.vectors(), 0.0);
    }

    /// Updates every parameter from its gradient. All must have one.
    void step() {
        try (NoGradGuard _ = new NoGradGuard()) {
            step(decaying);
            step(plain);
        }
    }

    private void step(Group group) {
        group.step.add_(new Scalar(1.0));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters = list(arena, group.parameters);
            MemorySegment gradients =
                    list(arena, group.parameters.stream().map(Tensor::grad).toList());
            MemorySegment firstMoments = list(arena, group.firstMoments);
            MemorySegment secondMoments = list(arena, group.secondMoments);
            MemorySegment noMaxima = list(arena, List.of());
            MemorySegment steps = list(arena, group.steps);
            MemorySegment noTensor = arena.allocate(16, 8); // std::optional<at::Tensor>, disengaged
            fusedAdamW.invokeExact(
                    parameters,
                    gradients,
                    firstMoments,
                    secondMoments,
                    noMaxima,
                    steps,
                    LEARNING_RATE,
                    BETA1,
                    BETA2,
                    group.weightDecay,
                    EPSILON,
                    false,
                    false,
                    noTensor,
                    noTensor);
        } catch (Throwable e) {
            throw new IllegalStateException("the call of " + SYMBOL + " failed", e);
        }
    }

    private static MemorySegment list(Arena arena, List<Tensor> tensors) {
        MemorySegment data = arena.allocate(TENSOR, Math.max(1, tensors.size()));
        for (int i = 0; i < tensors.size(); i++) {
            MemorySegment tensor =
                    MemorySegment.ofAddress(tensors.get(i).address()).reinterpret(TENSOR.byteSize());
            data.setAtIndex(TENSOR, i, tensor.get(TENSOR, 0));
        }
        MemorySegment list = arena.allocate(TENSOR_LIST);
        list.set(ValueLayout.ADDRESS, 0, data);
        list.set(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS.byteSize(), tensors.size());
        return list;
    }

    private static MethodHandle bind() {
        AddressLayout optional = ValueLayout.ADDRESS;
        ValueLayout.OfDouble number = ValueLayout.JAVA_DOUBLE;
        ValueLayout.OfBoolean flag = ValueLayout.JAVA_BOOLEAN;
        FunctionDescriptor signature = FunctionDescriptor.ofVoid(
                TENSOR_LIST,
                TENSOR_LIST,
                TENSOR_LIST,
                TENSOR_LIST,
                TENSOR_LIST,
                TENSOR_LIST,
                number,
                number,
                number,
                number,
                number,
                flag,
                flag,
                optional,
                optional);
        Path library = Path.of(Loader.load(torch.class)).resolveSibling("libtorch_cpu.so");
        MemorySegment function =
                SymbolLookup.libraryLookup(library, Arena.global()).findOrThrow(SYMBOL);
        return Linker.nativeLinker().downcallHandle(function, signature);
    }

    /// Parameters that share a weight decay, their moments, and their count of steps.
    private static final class Group {
        final List<Tensor> parameters;
        final List<Tensor> firstMoments;
        final List<Tensor> secondMoments;
        final Tensor step;
        final List<Tensor> steps;
        final double weightDecay;

        Group(List<Tensor> parameters, double weightDecay) {
            this.parameters = parameters;
            this.firstMoments = zerosLike(parameters);
            this.secondMoments = zerosLike(parameters);
            this.step = torch.zeros(1).squeeze();
            // The operator asks for one count a parameter; one shared tensor saves PyTorch the increments.
            this.steps = parameters.stream().map(_ -> step).toList();
            this.weightDecay = weightDecay;
        }

        private static List<Tensor> zerosLike(List<Tensor> parameters) {
            return parameters.stream()
                    .map(parameter -> torch.zeros_like(parameter.detach()))
                    .toList();
        }
    }
}
