package io.stagecraft.model.data.preprocess;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;

/// Batches of lines of a file. A line that is too long is read over and kept as its length only.
final class LineSource implements Batch.Source {
    private static final int BUFFER_BYTES = 1 << 18;
    /// A batch ends with the line that reaches this.
    private static final int BATCH_BYTES = 1 << 19;

    private final Path file;
    private final InputStream stream;
    private final PreprocessSettings settings;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;
    private long lineNumber;

    private LineSource(Path file, InputStream stream, PreprocessSettings settings) {
        this.file = file;
        this.stream = stream;
        this.settings = settings;
    }

    static LineSource open(Path file, PreprocessSettings settings) throws IOException {
        return new LineSource(file, Files.newInputStream(file), settings);
    }

    /// One line.
    ///
    /// @param number from 1 on
    /// @param bytes without its end; empty if it was too long
    /// @param numBytes of the line in the file, without its end
    record Line(long number, byte[] bytes, long numBytes) {
        boolean isTooLong() {
            return numBytes > bytes.length;
        }
    }

    @Override
    public Optional<Batch> next() throws IOException {
        var lines = new ArrayList<Line>();
        long numBytes = 0;
        while (numBytes < BATCH_BYTES && fill()) {
            Line line = line();
            lines.add(line);
            numBytes += line.numBytes() + 1;
        }
        return lines.isEmpty() ? Optional.empty() : Optional.of(new LineBatch(file, lines, numBytes, settings));
    }

    /// Whether there is another byte.
    private boolean fill() throws IOException {
        if (position == limit) {
            position = 0;
            limit = Math.max(0, stream.read(buffer));
        }
        return limit > 0;
    }

    private Line line() throws IOException {
        int max = settings.limits().maxLineBytes();
        var bytes = new ByteArrayOutputStream(256);
        long numBytes = 0;
        boolean ended = false;
        while (!ended && fill()) {
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            numBytes += end - position;
            if (numBytes <= max) {
                bytes.write(buffer, position, end - position);
            }
            ended = end < limit;
            position = ended ? end + 1 : end;
        }
        return new Line(++lineNumber, numBytes <= max ? bytes.toByteArray() : new byte[0], numBytes);
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
