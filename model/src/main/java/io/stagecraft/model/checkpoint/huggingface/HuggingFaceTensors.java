package io.stagecraft.model.checkpoint.huggingface;

import io.stagecraft.model.checkpoint.SafetensorsFile;
import java.util.List;
import java.util.Optional;

/// The tensors of one or several open files, under the names that they have there.
interface HuggingFaceTensors extends AutoCloseable {
    /// The tensor `name`, if it is there; borrowed until [#close].
    Optional<StoredTensor> find(String name);

    /// How many there are.
    int count();

    @Override
    void close();

    /// Those of safetensors files. Takes ownership of the files.
    record Safetensors(List<SafetensorsFile> files) implements HuggingFaceTensors {
        public Safetensors {
            files = List.copyOf(files);
        }

        @Override
        public Optional<StoredTensor> find(String name) {
            for (SafetensorsFile file : files) {
                if (file.contains(name)) {
                    return Optional.of(StoredTensor.contiguous(file.spec(name), file.tensor(name)));
                }
            }
            return Optional.empty();
        }

        @Override
        public int count() {
            return files.stream().mapToInt(file -> file.tensors().size()).sum();
        }

        @Override
        public void close() {
            files.forEach(SafetensorsFile::close);
        }
    }
}
