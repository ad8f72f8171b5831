package io.stagecraft.model.checkpoint;

import java.nio.file.Path;

/// A file of a checkpoint is not what it must be: damaged, cut short, hostile or of another version.
public sealed class CheckpointFormatException extends RuntimeException permits NewerVersionException {
    private static final long serialVersionUID = 1;

    private final String file;
    private final String field;
    private final long offsetBytes;

    /// A fault of `field` at byte `offsetBytes` of `file`; `fault` says what was expected and what was
    /// found.
    public CheckpointFormatException(Path file, String field, long offsetBytes, String fault) {
        super(file + ": " + field + " (byte " + offsetBytes + "): " + fault);
        this.file = file.toString();
        this.field = field;
        this.offsetBytes = offsetBytes;
    }

    /// The file that is at fault.
    public Path file() {
        return Path.of(file);
    }

    /// What in the file is at fault, for example `header length` or a tensor's name and `data_offsets`.
    public String field() {
        return field;
    }

    /// Where in the file the fault was noticed, in bytes from its start.
    public long offsetBytes() {
        return offsetBytes;
    }

    /// `text` from a file, safe to print: control characters escaped, at most 120 characters.
    public static String printable(String text) {
        var shown = new StringBuilder("\"");
        for (int i = 0; i < Math.min(text.length(), 120); i++) {
            char c = text.charAt(i);
            boolean inert = c >= ' ' && c != 0x7F && !(c >= 0x80 && c < 0xA0) && !Character.isSurrogate(c);
            shown.append(inert ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return shown.append(text.length() > 120 ? "...\"" : "\"").toString();
    }
}
