package io.stagecraft.actors.telemetry;

/// What the output can show.
///
/// @param mode kind of output
/// @param columns width; what is printed for a glance fits into it
public record Screen(Mode mode, int columns) {
    private static final int NARROWEST = 20;
    private static final int USUAL = 80;

    /// Kinds of output.
    public enum Mode {
        /// A file or a pipe: whole lines only.
        PLAIN,
        /// A terminal whose last line can be redrawn, without colour.
        TERMINAL,
        /// The same with colour.
        COLOUR
    }

    public Screen {
        columns = columns < NARROWEST ? USUAL : columns;
    }

    /// A file or a pipe.
    public static Screen plain() {
        return new Screen(Mode.PLAIN, USUAL);
    }

    /// Whether the last line can be redrawn.
    public boolean isLive() {
        return mode != Mode.PLAIN;
    }

    /// Whether colour may be used; it never carries meaning alone.
    public boolean hasColour() {
        return mode == Mode.COLOUR;
    }
}
