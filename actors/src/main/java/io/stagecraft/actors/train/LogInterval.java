package io.stagecraft.actors.train;

/// What a log line says of the steps since the line before it. Part of a run's state: a run that is
/// stopped between two lines and resumed prints the line it would have printed.
///
/// Source: Megatron-LM, `training_log`, `total_loss_dict`.
///
/// @param lossSum of the losses of the steps that were not skipped
/// @param numLosses how many they are
/// @param numSkipped steps that were skipped
public record LogInterval(double lossSum, long numLosses, int numSkipped) {
    private static final LogInterval EMPTY = new LogInterval(0, 0, 0);

    public LogInterval {
        if (!Double.isFinite(lossSum) || numLosses < 0 || numSkipped < 0) {
            throw new IllegalArgumentException("lossSum must be finite, numLosses and numSkipped >= 0 but they are "
                    + lossSum + ", " + numLosses + " and " + numSkipped);
        }
    }

    /// Nothing since the line before.
    static LogInterval empty() {
        return EMPTY;
    }

    /// With a step of this loss.
    LogInterval withLoss(double loss) {
        return new LogInterval(lossSum + loss, numLosses + 1, numSkipped);
    }

    /// With a step that was skipped.
    LogInterval withSkipped() {
        return new LogInterval(lossSum, numLosses, numSkipped + 1);
    }

    /// Mean loss of the steps that were not skipped; NaN if there is none.
    double meanLoss() {
        return lossSum / numLosses;
    }
}
