package io.stagecraft.model.data.preprocess;

import io.stagecraft.model.data.IndexedDatasetWriter;
import io.stagecraft.model.data.TokenType;
import io.stagecraft.model.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Makes indexed data sets of text: one thread reads and writes, workers encode between, and what
/// they give is written in the order of the input.
///
/// - Memory: batches in flight, of 16 MiB of input in all or one line, whichever is more.
/// - Restart: data sets appear whole or not at all; a run that was stopped is begun anew.
/// - Source: Megatron-LM's `tools/preprocess_data.py`.
public final class Preprocessor implements AutoCloseable {
    private static final long MOST_BYTES_IN_FLIGHT = 16L << 20;

    private final PreprocessSettings settings;
    private final Tokenizer tokenizer;
    private final PreprocessProgress.Listener listener;
    private final List<IndexedDatasetWriter> writers = new ArrayList<>();
    private final Deque<InFlight> inFlight = new ArrayDeque<>();
    private final ExecutorService workers;
    private long bytesInFlight;
    private long doneBytes;
    private long totalBytes;
    private long numBadLines;

    private record InFlight(Future<Encoded> encoded, long numBytes) {}

    private Preprocessor(PreprocessSettings settings, Tokenizer tokenizer, PreprocessProgress.Listener listener) {
        this.settings = settings;
        this.tokenizer = tokenizer;
        this.listener = listener;
        workers = Executors.newFixedThreadPool(
                settings.limits().workers(),
                Thread.ofPlatform().daemon().name("encode-", 0).factory());
    }

    /// Reads, encodes, writes; returns when the data sets stand.
    ///
    /// - Errors: [PreprocessException] for an input that holds no document or a bad line;
    ///   [UncheckedIOException] naming the file. Then no data set was changed.
    /// - Thread: the caller's, and as many workers as the settings say, which have ended when it
    ///   returns.
    public static PreprocessProgress.Done run(
            PreprocessSettings settings, Tokenizer tokenizer, PreprocessProgress.Listener listener) {
        try (var preprocessor = new Preprocessor(settings, tokenizer, listener)) {
            return preprocessor.run();
        }
    }

    private PreprocessProgress.Done run() {
        for (Path input : settings.inputs()) {
            totalBytes += size(input);
        }
        TokenType type = TokenType.forVocabulary(tokenizer.vocabSize());
        List<Path> prefixes = settings.jsonKeys().stream().map(settings::prefix).toList();
        prefixes.forEach(prefix -> writers.add(IndexedDatasetWriter.create(prefix, type)));
        for (Path input : settings.inputs()) {
            read(input);
        }
        while (!inFlight.isEmpty()) {
            write(inFlight.remove());
        }
        for (int key = 0; key < writers.size(); key++) {
            if (writers.get(key).numDocuments() == 0) {
                throw new PreprocessException("no document has a text at \""
                        + settings.jsonKeys().get(key) + "\" in " + settings.inputs() + "; nothing was written");
            }
        }
        writers.forEach(IndexedDatasetWriter::commit);
        return new PreprocessProgress.Done(prefixes, progress());
    }

    private static long size(Path input) {
        try {
            if (Files.isDirectory(input)) {
                throw new IOException("it is a folder; give its files");
            }
            return Files.size(input);
        } catch (IOException e) {
            throw cannotRead(input, e);
        }
    }

    private static UncheckedIOException cannotRead(Path input, IOException e) {
        String why = Files.exists(input) ? String.valueOf(e.getMessage()) : "there is no such file";
        return new UncheckedIOException("cannot read the input " + input + ": " + why, e);
    }

    private void read(Path input) {
        try (Batch.Source source = settings.format() == InputFormat.TEXT
                ? TextSource.open(input, settings)
                : LineSource.open(input, settings)) {
            Optional<Batch> next = source.next();
            while (next.isPresent()) {
                submit(next.get());
                next = source.next();
            }
        } catch (IOException e) {
            throw cannotRead(input, e);
        }
    }

    private void submit(Batch batch) {
        while (!inFlight.isEmpty()
                && (bytesInFlight + batch.numBytes() > MOST_BYTES_IN_FLIGHT
                        || inFlight.size() > 2 * settings.limits().workers())) {
            write(inFlight.remove());
        }
        bytesInFlight += batch.numBytes();
        inFlight.add(new InFlight(workers.submit(() -> batch.encode(tokenizer)), batch.numBytes()));
    }

    private void write(InFlight oldest) {
        switch (result(oldest.encoded())) {
            case Encoded.Documents documents -> {
                for (int key = 0; key < writers.size(); key++) {
                    documents.keys().get(key).write(writers.get(key));
                }
                numBadLines += documents.badLines().size();
                documents.badLines().forEach(listener::leftOut);
            }
            case Encoded.Piece piece -> write(piece);
        }
        bytesInFlight -= oldest.numBytes();
        doneBytes = Math.min(totalBytes, doneBytes + oldest.numBytes());
        listener.progressed(progress());
    }

    private void write(Encoded.Piece piece) {
        IndexedDatasetWriter writer = writers.getFirst();
        writer.append(piece.ids(), 0, piece.ids().length);
        if (piece.part() == Encoded.Part.LAST && writer.numItemTokens() > 0) {
            if (settings.documents().appendEndOfDocument()) {
                writer.append(new int[] {tokenizer.endOfDocument()}, 0, 1);
            }
            writer.endItem();
            writer.endDocument();
        }
    }

    private static Encoded result(Future<Encoded> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PreprocessException("interrupted; nothing was written");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case Throwable cause -> throw new IllegalStateException("encoding throws nothing checked", cause);
            }
        }
    }

    private PreprocessProgress progress() {
        long documents =
                writers.stream().mapToLong(IndexedDatasetWriter::numDocuments).sum();
        long tokens =
                writers.stream().mapToLong(IndexedDatasetWriter::numTokens).sum();
        return new PreprocessProgress(doneBytes, totalBytes, documents, tokens, numBadLines);
    }

    @Override
    public void close() {
        workers.shutdownNow();
        workers.close();
        writers.forEach(IndexedDatasetWriter::close);
    }
}
