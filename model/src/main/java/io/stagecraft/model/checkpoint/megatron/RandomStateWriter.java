package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.torch.PickleItem;
import io.stagecraft.model.checkpoint.torch.PickleItem.Global;
import io.stagecraft.model.checkpoint.torch.PickleItem.Nothing;
import io.stagecraft.model.checkpoint.torch.PickleItem.Tuple;
import io.stagecraft.model.checkpoint.torch.TorchStorage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The states of Megatron-LM's random generators as they are after seeding: of Python, NumPy,
/// PyTorch on the CPU, PyTorch on the GPU, and of the tensor-parallel ranks on the GPU.
///
/// Those of the GPU are the 16 bytes, seed and offset, of PyTorch 2; older versions load the file
/// with `--no-load-rng`.
///
/// Source: Megatron-LM 23.04, `megatron/initialize.py`, `_set_random_seed`, and
/// `megatron/core/tensor_parallel/random.py`; PyTorch, `aten/src/ATen/CPUGeneratorImpl.cpp` and
/// `aten/src/ATen/cuda/CUDAGeneratorImpl.cpp`.
final class RandomStateWriter {
    private static final int SEED_STEP_OF_STAGES = 100;
    private static final int SEED_OF_TENSOR_RANKS = 2718;
    private static final int PYTHON_VERSION = 3;
    private static final int CPU_STATE_BYTES = 5056;

    private RandomStateWriter() {}

    /// `rng_state` of a rank of a run with seed `seed`.
    static PickleItem of(long seed, int tensorRank, int stage) {
        long own = seed + (long) SEED_STEP_OF_STAGES * stage;
        var states = new LinkedHashMap<String, PickleItem>();
        states.put("random_rng_state", python((int) own));
        states.put("np_rng_state", numPy((int) own));
        states.put("torch_rng_state", bytes(cpu(own)));
        states.put("cuda_rng_state", bytes(gpu(own)));
        states.put(
                "rng_tracker_states",
                PickleItem.dictionary(
                        Map.of("model-parallel-rng", bytes(gpu(own + SEED_OF_TENSOR_RANKS + tensorRank)))));
        return PickleItem.of(List.of(PickleItem.dictionary(states)));
    }

    private static PickleItem python(int seed) {
        var words = new ArrayList<PickleItem>();
        for (int word : MersenneTwisterWriter.ofKey(seed)) {
            words.add(new PickleItem.Whole(Integer.toUnsignedLong(word)));
        }
        words.add(new PickleItem.Whole(MersenneTwisterWriter.NUM_WORDS));
        return Tuple.of(PYTHON_VERSION, new Tuple(words), new Nothing());
    }

    private static PickleItem numPy(int seed) {
        ByteBuffer words = little(MersenneTwisterWriter.NUM_WORDS * Integer.BYTES);
        for (int word : MersenneTwisterWriter.ofSeed(seed)) {
            words.putInt(word);
        }
        var type = new PickleItem.Restored(
                new PickleItem.Call(new Global("numpy", "dtype"), Tuple.of("u4", false, true)),
                Tuple.of(3, "<", new Nothing(), new Nothing(), new Nothing(), -1, -1, 0));
        var array = new PickleItem.Restored(
                new PickleItem.Call(
                        new Global("numpy.core.multiarray", "_reconstruct"),
                        Tuple.of(new Global("numpy", "ndarray"), Tuple.of(0), encoded(new byte[] {'b'}))),
                Tuple.of(1, Tuple.of(MersenneTwisterWriter.NUM_WORDS), type, false, encoded(words.array())));
        return Tuple.of("MT19937", array, MersenneTwisterWriter.NUM_WORDS, 0, 0.0);
    }

    /// Bytes, which protocol 2 has as text only.
    private static PickleItem encoded(byte[] bytes) {
        return new PickleItem.Call(
                new Global("_codecs", "encode"), Tuple.of(new String(bytes, StandardCharsets.ISO_8859_1), "latin1"));
    }

    /// Seed, words left, whether seeded, next word, the words as 64 bits each, and no half-used
    /// normals.
    private static byte[] cpu(long seed) {
        ByteBuffer state = little(CPU_STATE_BYTES);
        state.putLong(seed).putInt(1).putInt(1).putLong(0);
        for (int word : MersenneTwisterWriter.ofSeed((int) seed)) {
            state.putLong(Integer.toUnsignedLong(word));
        }
        return state.array();
    }

    private static byte[] gpu(long seed) {
        return little(2 * Long.BYTES).putLong(seed).putLong(0).array();
    }

    private static ByteBuffer little(int numBytes) {
        return ByteBuffer.allocate(numBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static PickleItem bytes(byte[] bytes) {
        var storage =
                new TorchStorage(ElementType.U8, bytes.length, into -> into.copyFrom(MemorySegment.ofArray(bytes)));
        return new PickleItem.TensorValue(storage, List.of((long) bytes.length));
    }
}
