package io.stagecraft.model.checkpoint;

import io.stagecraft.model.file.FileFormatException;
import java.nio.file.Path;

/// A file of a checkpoint is not what it must be: damaged, cut short, hostile or of another
/// version.
public sealed class CheckpointFormatException extends FileFormatException permits NewerVersionException {
    private static final long serialVersionUID = 1;

    /// A fault of `field` at byte `offsetBytes` of `file`; `fault` says what was expected and what
    /// was found.
    public CheckpointFormatException(Path file, String field, long offsetBytes, String fault) {
        super(file, field, offsetBytes, fault);
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
