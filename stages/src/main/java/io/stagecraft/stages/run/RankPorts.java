package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.stages.link.RankExchanges;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.Transport;
import io.stagecraft.transport.WaitStyle;

/// What one rank is handed in.
///
/// @param backend the rank's own; the rank closes it
/// @param transport carries activations between stages; shared, borrowed
/// @param exchanges the rank's groups
/// @param training samples to train on
/// @param validation samples held back
/// @param test samples held back until the end
/// @param signal ends every wait when the run is aborted
/// @param waitStyle how a send under back pressure waits
/// @param onArrival runs on the poll thread when an activation or gradient arrived: tell the rank's
///     thread to call [RankProgram#advance]
public record RankPorts(
        Backend backend,
        Transport transport,
        RankExchanges exchanges,
        TokenSamples training,
        TokenSamples validation,
        TokenSamples test,
        AbortSignal signal,
        WaitStyle waitStyle,
        Runnable onArrival) {
    /// Without test samples.
    public RankPorts(
            Backend backend,
            Transport transport,
            RankExchanges exchanges,
            TokenSamples training,
            TokenSamples validation,
            AbortSignal signal,
            WaitStyle waitStyle,
            Runnable onArrival) {
        this(backend, transport, exchanges, training, validation, TokenSamples.none(), signal, waitStyle, onArrival);
    }
}
