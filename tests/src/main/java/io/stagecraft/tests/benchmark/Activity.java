package io.stagecraft.tests.benchmark;

/// What a rank does at a moment of a step.
enum Activity {
    /// Matrix products of linear layers and of the head.
    GEMM("GEMM"),
    /// Self-attention, its small products among it.
    ATTENTION("attention"),
    /// All other kernels: normalization, activation functions, embedding, loss, optimizer.
    OTHER_KERNELS("other kernels"),
    /// The rank's own Java: layers, schedule, checks of shapes.
    RANK_CODE("rank's code"),
    /// Sums and copies of collectives.
    SUMS("sums, copies"),
    /// Handing activations to the transport.
    TRANSPORT("transport"),
    /// In a collective, until the other ranks are there.
    WAIT_COLLECTIVE("wait: meeting"),
    /// For an activation or a gradient of the neighbouring stage: the bubble, and what the link
    /// takes.
    WAIT_ARRIVAL("wait: arrival"),
    /// For the other ranks, before the first and after the last thing of a phase.
    WAIT_PHASE("wait: phase"),
    /// No rank computes: messages between coordinator, stages and ranks.
    ACTORS("actors");

    private final String title;

    Activity(String title) {
        this.title = title;
    }

    /// Head of its column.
    String title() {
        return title;
    }

    /// Whether it is part of the model's work, which some rank must do at any layout.
    boolean isWork() {
        return switch (this) {
            case GEMM, ATTENTION, OTHER_KERNELS, RANK_CODE -> true;
            case SUMS, TRANSPORT, WAIT_COLLECTIVE, WAIT_ARRIVAL, WAIT_PHASE, ACTORS -> false;
        };
    }
}
