package io.stagecraft.actors.train;

import io.stagecraft.actors.config.TrainConfig;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The first training samples of a run in a few letters. Which sample comes first depends on the
/// text, its length, the tokenizer, the seed and the order, so another text has other letters
/// wherever its files lie.
final class SampleDigest {
    private static final int MOST_SAMPLES = 64;
    private static final int NUM_BYTES = 8;

    private SampleDigest() {}

    /// Of the samples of the first step, 64 at most.
    static String of(RunSubject subject, TrainConfig train) {
        int[] tokens = new int[subject.sequenceLength() + 1];
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(tokens.length, Integer.BYTES));
        MessageDigest digest = sha256();
        for (int index = 0; index < Math.min(MOST_SAMPLES, train.globalBatchSize()); index++) {
            subject.training().sample(index, tokens, 0);
            bytes.asIntBuffer().put(tokens);
            digest.update(bytes.array());
        }
        return HexFormat.of().formatHex(digest.digest(), 0, NUM_BYTES);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
