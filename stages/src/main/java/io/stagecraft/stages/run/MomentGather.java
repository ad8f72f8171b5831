package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.layer.ReplicaShare;
import io.stagecraft.model.layer.TrainedParameter;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.transport.exchange.Exchange;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Puts a parameter's moment, of which each replica has the elements that it updates, together on
/// replica 0, to be saved: in the memory of the parameter's gradient, which nobody needs between an
/// update and the next step.
///
/// - Thread: the rank's compute thread; blocks it until the replicas are there.
final class MomentGather {
    private final Backend backend;
    private final Exchange replicas;
    private final ParameterStore store;
    private final ReplicaShare share;
    private final long[] from;
    private final long[] to;
    private final MemorySegment[] views;

    /// Borrows all of them; `share` is what this rank updates.
    MomentGather(Backend backend, Exchange replicas, ParameterStore store, ReplicaShare share) {
        this.backend = backend;
        this.replicas = replicas;
        this.store = store;
        this.share = share;
        this.from = new long[replicas.size()];
        this.to = new long[replicas.size()];
        this.views = new MemorySegment[replicas.size()];
    }

    /// The whole `moment` of `trained` on replica 0, valid until the next call and the next step;
    /// on the others what they have. All replicas call it for the same moments in the same order.
    Tensor gather(TrainedParameter trained, Tensor moment) {
        if (share.size() == 1) {
            return moment;
        }
        Parameter parameter = trained.parameter();
        int elementBytes = moment.dtype().sizeBytes();
        Arrays.fill(to, 0);
        if (replicas.rank() == 0) {
            for (int replica = 0; replica < replicas.size(); replica++) {
                to[replica] = elementBytes * numElements(parameter, replica);
            }
        }
        replicas.share(backend.readable(moment), from, to, views);
        Tensor whole = parameter.gradient();
        if (replicas.rank() == 0) {
            for (int replica = 0; replica < replicas.size(); replica++) {
                long num = numElements(parameter, replica);
                Tensor part = whole.slice(store.firstElement(parameter, share, replica), num);
                backend.write(views[replica].asSlice(0, to[replica]), part);
            }
        }
        replicas.release();
        return replicas.rank() == 0 ? whole : moment;
    }

    private long numElements(Parameter parameter, int replica) {
        return store.firstElement(parameter, share, replica + 1) - store.firstElement(parameter, share, replica);
    }
}
