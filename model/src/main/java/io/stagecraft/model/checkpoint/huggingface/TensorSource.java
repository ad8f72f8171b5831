package io.stagecraft.model.checkpoint.huggingface;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.SafetensorsFile;
import io.stagecraft.model.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.function.LongToDoubleFunction;

/// Global tensors by name.
public interface TensorSource {
    /// Whether there is a tensor `name`.
    boolean contains(String name);

    /// Extents of tensor `name`.
    Shape shape(String name);

    /// Its elements in memory order.
    LongToDoubleFunction elements(String name);

    /// The tensors of a safetensors file, which is borrowed.
    static TensorSource of(SafetensorsFile file) {
        return new TensorSource() {
            @Override
            public boolean contains(String name) {
                return file.contains(name);
            }

            @Override
            public Shape shape(String name) {
                return file.spec(name).shape();
            }

            @Override
            public LongToDoubleFunction elements(String name) {
                ElementType type = file.spec(name).type();
                MemorySegment bytes = file.tensor(name);
                return index -> type.read(bytes, index);
            }
        };
    }
}
