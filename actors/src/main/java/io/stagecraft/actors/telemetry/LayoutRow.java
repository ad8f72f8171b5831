package io.stagecraft.actors.telemetry;

/// One stage in the table that is printed at the start. Bytes are those of all ranks of the stage
/// together, so that the sum over the stages is what the run needs.
///
/// @param stage 0 for the first
/// @param layers what the stage holds, for example `embedding, 0-1`
/// @param ranks global ranks, for example `0-1`
/// @param numParameters of the stage; what is replicated over ranks counts once
/// @param weightBytes parameters
/// @param gradientBytes their gradients
/// @param momentBytes the optimizer's moments
/// @param activationBytes arenas of activations and receive buffers
public record LayoutRow(
        int stage,
        String layers,
        String ranks,
        long numParameters,
        long weightBytes,
        long gradientBytes,
        long momentBytes,
        long activationBytes) {}
