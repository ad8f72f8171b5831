package io.stagecraft.model.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Reads all of an indexed data set and says everything that is wrong with it.
public final class IndexedDatasetCheck {
    private static final int MOST_FAULTS = 20;

    private final IndexedDataset dataset;
    private final IndexLayout layout;
    private final List<DatasetFormatException> faults = new ArrayList<>();
    private long numFaults;

    private IndexedDatasetCheck(IndexedDataset dataset) {
        this.dataset = dataset;
        this.layout = dataset.layout();
    }

    /// What a check found.
    ///
    /// @param faults the first 20, none if all is well
    /// @param numFaults all of them
    public record Findings(List<DatasetFormatException> faults, long numFaults) {
        public Findings {
            faults = List.copyOf(faults);
        }

        /// Whether nothing is wrong.
        public boolean isSound() {
            return numFaults == 0;
        }
    }

    /// Checks the data set `prefix`: that items lie one behind the other and fill `.bin`, that
    /// documents ascend, that all tokens are in `[0, vocabSize)`.
    ///
    /// - Errors: `UncheckedIOException` naming the file if one is missing; what is wrong with their
    ///   content is a finding.
    public static Findings of(Path prefix, int vocabSize) {
        try (IndexedDataset dataset = IndexedDataset.open(prefix)) {
            var check = new IndexedDatasetCheck(dataset);
            check.items();
            check.documents();
            check.tokens(vocabSize);
            return new Findings(check.faults, check.numFaults);
        } catch (DatasetFormatException e) {
            return new Findings(Collections.singletonList(e), 1);
        }
    }

    private void fault(Path file, String field, long offset, String fault) {
        numFaults++;
        if (faults.size() < MOST_FAULTS) {
            faults.add(new DatasetFormatException(file, field, offset, fault));
        }
    }

    private void items() {
        Path idx = dataset.files().idx();
        long expected = 0;
        for (long item = 0; item < layout.numItems(); item++) {
            int size = layout.size(dataset.index(), item);
            long pointer = layout.pointer(dataset.index(), item);
            if (size < 0) {
                fault(idx, "size of item " + item, layout.sizeOffset(item), "must be >= 0 but is " + size);
            }
            if (pointer != expected) {
                fault(
                        idx,
                        "offset of item " + item,
                        layout.pointerOffset(item),
                        "the items before it end at byte " + expected + " of .bin but it begins at " + pointer);
            }
            expected = pointer + (long) Math.max(0, size) * layout.type().numBytes();
        }
        long found = dataset.tokens().byteSize();
        if (found != expected) {
            fault(
                    dataset.files().bin(),
                    "file length",
                    Math.min(found, expected),
                    "the index names " + expected + " bytes but the file has " + found
                            + "; it is cut short, was written twice or belongs to another index");
        }
    }

    private void documents() {
        long last = 0;
        for (long entry = 0; entry < layout.numDocumentEntries(); entry++) {
            long item = layout.document(dataset.index(), entry);
            if (item < last || item > layout.numItems()) {
                fault(
                        dataset.files().idx(),
                        "document " + entry,
                        layout.documentOffset(entry),
                        "must begin at an item in [" + last + ", " + layout.numItems() + "] but begins at " + item);
            }
            last = Math.max(last, item);
        }
    }

    private void tokens(int vocabSize) {
        int numBytes = layout.type().numBytes();
        long end = dataset.tokens().byteSize() / numBytes * numBytes;
        for (long at = 0; at < end; at += numBytes) {
            long token = layout.type().get(dataset.tokens(), at);
            if (token < 0 || token >= vocabSize) {
                fault(
                        dataset.files().bin(),
                        "token " + at / numBytes,
                        at,
                        "must be in [0, " + vocabSize + ") but is " + token);
            }
        }
    }
}
