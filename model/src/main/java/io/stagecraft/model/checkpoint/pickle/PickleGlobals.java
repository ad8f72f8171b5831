package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Global;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The names that a pickle may mention. All others are refused: a file that mentions `os.system`
/// wants something else than to be read.
///
/// None of these is ever loaded or called. Source: PyTorch, `torch/_utils.py` and
/// `torch/serialization.py`; what Megatron-LM's checkpoints mention.
final class PickleGlobals {
    private static final Map<String, ElementType> STORAGES = Map.ofEntries(
            Map.entry("FloatStorage", ElementType.F32),
            Map.entry("DoubleStorage", ElementType.F64),
            Map.entry("HalfStorage", ElementType.F16),
            Map.entry("BFloat16Storage", ElementType.BF16),
            Map.entry("LongStorage", ElementType.I64),
            Map.entry("IntStorage", ElementType.I32),
            Map.entry("ShortStorage", ElementType.I16),
            Map.entry("CharStorage", ElementType.I8),
            Map.entry("ByteStorage", ElementType.U8),
            Map.entry("UntypedStorage", ElementType.U8),
            Map.entry("BoolStorage", ElementType.BOOL));

    private static final Set<String> KNOWN = Set.of(
            "collections.OrderedDict",
            "collections.defaultdict",
            "argparse.Namespace",
            "_codecs.encode",
            "__builtin__.getattr",
            "builtins.getattr",
            "__builtin__.object",
            "builtins.object",
            "__builtin__.set",
            "builtins.set",
            "__builtin__.frozenset",
            "builtins.frozenset",
            "copy_reg._reconstructor",
            "copyreg._reconstructor",
            "pathlib.PosixPath",
            "torch.Size",
            "torch.device",
            "torch._utils._rebuild_tensor",
            "torch._utils._rebuild_tensor_v2",
            "torch._utils._rebuild_parameter",
            "torch.nn.parameter.Parameter",
            "numpy.ndarray",
            "numpy.dtype",
            "numpy.core.multiarray._reconstruct",
            "numpy.core.multiarray.scalar",
            "numpy._core.multiarray._reconstruct",
            "numpy._core.multiarray.scalar");

    /// Enumerations, loss scalers and the like of the programs that write such files; inert
    /// objects.
    private static final Pattern INERT = Pattern.compile(
            "(megatron|apex|fp16)(\\.\\w{1,64}){1,8}|torch\\.(b?float|u?int|half|double|long|bool)\\d*");

    private PickleGlobals() {}

    static boolean isAllowed(Global global) {
        return KNOWN.contains(global.fullName())
                || storageType(global).isPresent()
                || INERT.matcher(global.fullName()).matches();
    }

    /// Type of the elements if `global` is a class of storages.
    static Optional<ElementType> storageType(Global global) {
        boolean torch = global.module().equals("torch")
                || global.module().equals("torch.cuda")
                || global.module().equals("torch.storage");
        return torch ? Optional.ofNullable(STORAGES.get(global.name())) : Optional.empty();
    }
}
