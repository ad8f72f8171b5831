package io.stagecraft.actors.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Prompts of the arguments and of files.
final class PromptLines {
    /// Larger files hold more than prompts.
    static final int MOST_BYTES = 16 << 20;

    private static final Path STDIN = Path.of("/dev/stdin");

    private PromptLines() {}

    /// `prompts`, then the lines of `files`, which are resolved against `folder`; `-` is what comes
    /// in by a pipe. An empty line is an empty prompt.
    ///
    /// - Errors: [IllegalArgumentException] naming every file that cannot be read or has no line.
    static List<String> read(List<String> prompts, List<Path> files, Path folder) {
        var all = new ArrayList<>(prompts);
        var faults = new ArrayList<String>();
        for (Path named : files) {
            Path file = named.equals(Path.of("-")) ? STDIN : folder.resolve(named);
            try {
                List<String> lines = lines(file);
                if (lines.isEmpty()) {
                    faults.add("--prompts-file " + file + " is empty; a prompt is a line");
                }
                all.addAll(lines);
            } catch (NoSuchFileException e) {
                faults.add("--prompts-file " + file + ": there is no such file");
            } catch (FileSystemException e) {
                faults.add("--prompts-file " + file + " cannot be read: " + e.getReason());
            } catch (IOException e) {
                faults.add("--prompts-file " + file + " cannot be read: " + e.getMessage());
            }
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return all;
    }

    private static List<String> lines(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        }
        if (bytes.length > MOST_BYTES) {
            throw new IOException("it has more than " + MOST_BYTES + " bytes, which no prompts have");
        }
        ByteBuffer from = ByteBuffer.wrap(bytes);
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(from, text, true);
        if (result.isError()) {
            throw new IOException("it is not UTF-8 from byte " + from.position() + " on");
        }
        return text.flip().toString().lines().toList();
    }
}
