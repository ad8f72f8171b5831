package io.stagecraft.tests.benchmark;
import io.stagecraft.model.backend.*;
import io.stagecraft.model.tensor.*;
import java.lang.reflect.*;
import java.util.*;
final class OpTimes {
    static final Map<String,long[]> T = new java.util.concurrent.ConcurrentHashMap<>();
    static Backend wrap(Backend b) {
        long start=System.nanoTime();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            var l = new ArrayList<>(T.entrySet());
            l.sort((x,y)->Long.compare(y.getValue()[2],x.getValue()[2]));
            long tot=0; for (var e: l) tot+=e.getValue()[2];
            for (var e: l) { long[] v=e.getValue(); System.err.printf("OP %-70s n=%6d min=%9.1fus med-ish=%9.1fus share=%5.1f%%%n", e.getKey(), v[0], v[1]/1e3, v[2]/1e3/v[0], 100.0*v[2]/tot);} 
            System.err.printf("OP total %f s%n", tot/1e9);
        }));
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class}, (p,m,a) -> {
            long t=System.nanoTime();
            try { return m.invoke(b,a);} catch (InvocationTargetException e) { throw e.getCause(); }
            finally {
                long d=System.nanoTime()-t;
                if (t-start>10_000_000_000L) {
                StringBuilder k=new StringBuilder(m.getName());
                if (a!=null) for (Object o: a) { if (o instanceof Matmul mm) k.append(mm.aTransposed()?" TN":mm.bTransposed()?" NT":" NN"); if (o instanceof Tensor x) k.append(' ').append(x.shape().toString().replace("Shape","")); if (o instanceof Epilogue e) k.append(' ').append(e.getClass().getSimpleName()); }
                long[] v=T.computeIfAbsent(k.toString(), q->new long[]{0,Long.MAX_VALUE,0});
                synchronized(v){v[0]++; v[1]=Math.min(v[1],d); v[2]+=d;}
                }
            }
        });
    }
}
