package io.stagecraft.actors.config;

/// The values a numeric setting may have. The reader checks them key by key, so that all faults are
/// found at once; the records check them again for those who build a configuration in code.
enum Range {
    /// 1, 2, 3 ...
    AT_LEAST_ONE(1, Double.MAX_VALUE, "at least 1"),
    /// 0 or more.
    NOT_NEGATIVE(0, Double.MAX_VALUE, "at least 0"),
    /// More than 0.
    ABOVE_ZERO(Double.MIN_VALUE, Double.MAX_VALUE, "above 0"),
    /// A probability that leaves something: 0 is allowed, 1 is not.
    PROBABILITY(0, Math.nextDown(1.0), "in [0, 1)"),
    /// A share: 0 and 1 are allowed.
    SHARE(0, 1, "in [0, 1]"),
    /// What may be held back for validation.
    HELD_BACK(Double.MIN_VALUE, 0.5, "in (0, 0.5]"),
    /// What the logits may be divided by.
    TEMPERATURE(Double.MIN_VALUE, 100, "in (0, 100]"),
    /// How many of the likeliest tokens a draw may be confined to; 0 is all.
    TOP_K(0, 1000, "in [0, 1000]"),
    /// A port that needs no privileges.
    PORT(1024, 65535, "in [1024, 65535]");

    private final double least;
    private final double most;
    private final String words;

    Range(double least, double most, String words) {
        this.least = least;
        this.most = most;
        this.words = words;
    }

    /// Whether `value` is a number of this range; NaN is not.
    boolean allows(double value) {
        return value >= least && value <= most;
    }

    /// For messages: `at least 1`.
    String words() {
        return words;
    }

    /// Throws an [IllegalArgumentException] that names `key`, the rule and the value.
    void require(String key, double value) {
        if (!allows(value)) {
            String shown = value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
            throw new IllegalArgumentException(key + " must be " + words + " but is " + shown);
        }
    }
}
