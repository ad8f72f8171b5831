package io.stagecraft.model.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The printable character that stands for each byte in the files of a byte-level vocabulary, and
/// back.
///
/// Bytes that are printable Latin-1 characters stand for themselves; the others, in ascending
/// order, are the characters from U+0100 on.
///
/// - Source: `bytes_to_unicode` of GPT-2's `encoder.py`.
final class ByteAlphabet {
    static final int NUM_BYTES = 256;
    private static final int FIRST_SUBSTITUTE = 0x100;
    private static final int NUM_CHARACTERS = 0x200;

    private final char[] characters = new char[NUM_BYTES];
    private final short[] bytes = new short[NUM_CHARACTERS];

    ByteAlphabet() {
        Arrays.fill(bytes, (short) -1);
        int next = FIRST_SUBSTITUTE;
        for (int b = 0; b < NUM_BYTES; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            characters[b] = (char) (printable ? b : next++);
            bytes[characters[b]] = (short) b;
        }
    }

    char character(int b) {
        return characters[b];
    }

    /// Whether every character of `text` stands for a byte.
    boolean spells(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= NUM_CHARACTERS || bytes[c] < 0) {
                return false;
            }
        }
        return true;
    }

    /// The bytes that `text` stands for; a text that spells none stands for its own UTF-8.
    byte[] toBytes(String text) {
        if (!spells(text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        byte[] spelled = new byte[text.length()];
        for (int i = 0; i < spelled.length; i++) {
            spelled[i] = (byte) bytes[text.charAt(i)];
        }
        return spelled;
    }

    String toText(byte[] from) {
        char[] text = new char[from.length];
        for (int i = 0; i < text.length; i++) {
            text[i] = characters[from[i] & 0xFF];
        }
        return new String(text);
    }
}
