package io.stagecraft.stages.run;

import java.util.List;

/// Closes what a rank owns.
final class Resources {
    private Resources() {}

    /// Closes in reverse order, all of them; throws the first failure with the others attached.
    static void closeAll(List<AutoCloseable> owned) {
        var failure = new IllegalStateException("closing a rank's memory and links");
        for (AutoCloseable resource : owned.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }
}
