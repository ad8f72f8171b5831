package io.stagecraft.model.checkpoint.huggingface;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.SafetensorsFile;
import io.stagecraft.model.checkpoint.pickle.PickleValue;
import io.stagecraft.model.checkpoint.pickle.TorchFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    /// Those of the top-level dictionaries of files of `torch.save`. Takes ownership of the files.
    ///
    /// @param files open
    /// @param places file and value of each tensor by its name
    record Torch(List<TorchFile> files, Map<String, Place> places) implements HuggingFaceTensors {
        /// A tensor and the file that it is in.
        record Place(TorchFile file, PickleValue.Tensor tensor) {}

        public Torch {
            files = List.copyOf(files);
            places = Map.copyOf(places);
        }

        /// The tensors of `files`; what else the dictionaries hold is left alone.
        ///
        /// - Errors: [CheckpointFormatException] naming a file that is no dictionary.
        static Torch of(List<TorchFile> files) {
            var places = new LinkedHashMap<String, Place>();
            for (TorchFile file : files) {
                if (!(file.root() instanceof PickleValue.Dictionary dictionary)) {
                    throw new CheckpointFormatException(
                            file.path(), "root", 0, "expected a dictionary of tensors but it is " + file.root());
                }
                dictionary.entries().forEach((key, value) -> {
                    if (key instanceof PickleValue.Text(String name) && value instanceof PickleValue.Tensor tensor) {
                        places.put(name, new Place(file, tensor));
                    }
                });
            }
            return new Torch(files, places);
        }

        @Override
        public Optional<StoredTensor> find(String name) {
            if (!places.containsKey(name)) {
                return Optional.empty();
            }
            Place place = places.get(name);
            PickleValue.Tensor tensor = place.tensor();
            return Optional.of(new StoredTensor(
                    tensor.spec(name),
                    tensor.strides(),
                    place.file().tensor(tensor).fromFirstElement()));
        }

        @Override
        public int count() {
            return places.size();
        }

        @Override
        public void close() {
            files.forEach(TorchFile::close);
        }
    }
}
