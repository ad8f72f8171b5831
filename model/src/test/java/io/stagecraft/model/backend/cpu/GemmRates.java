package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.*;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.*;

final class GemmRates {
    record Shape(String name, boolean ta, boolean tb, int m, int n, int k, float beta) {}

    public static void main(String[] args) {
        VectorWidth width = args.length > 1
                ? VectorWidth.valueOf(args[1])
                : VectorWidth.ofThisMachine().orElseThrow();
        var gemm = new TileGemm(TileFunctions.of(width));
        Blas blas = Blas.load(Path.of(args[0]), Arena.global());
        // correctness
        var rnd = new Random(1);
        for (int t = 0; t < 400; t++) {
            int m = 1 + rnd.nextInt(70), n = 1 + rnd.nextInt(100), k = 1 + rnd.nextInt(t % 10 == 0 ? 1200 : 90);
            boolean ta = rnd.nextBoolean(), tb = rnd.nextBoolean();
            float beta = rnd.nextInt(2);
            float alpha = rnd.nextBoolean() ? 1 : 0.3f;
            var A = HostStorage.allocate(4L * m * k);
            var B = HostStorage.allocate(4L * n * k);
            var C = HostStorage.allocate(4L * m * n);
            var D = HostStorage.allocate(4L * m * n);
            fill(A.address(), m * k, rnd);
            fill(B.address(), n * k, rnd);
            fill(C.address(), m * n, rnd);
            Elementwise.copy(C.address(), D.address(), m * n);
            Matrix a = ta ? Matrix.of(A.address(), k, m, m).transpose() : Matrix.of(A.address(), m, k, k);
            Matrix b = tb ? Matrix.of(B.address(), n, k, k).transpose() : Matrix.of(B.address(), k, n, n);
            gemm.multiply(alpha, a, b, beta, Matrix.of(C.address(), m, n, n));
            blas.sgemm(alpha, a, b, beta, Matrix.of(D.address(), m, n, n));
            for (int i = 0; i < m * n; i++) {
                float x = Lanes.get(C.address() + 4L * i), y = Lanes.get(D.address() + 4L * i);
                if (!(Math.abs(x - y) < 1e-4 * Math.sqrt(k)))
                    throw new AssertionError(m + " " + n + " " + k + " ta=" + ta + " tb=" + tb + " beta=" + beta
                            + " at " + i / n + "," + i % n + ": " + x + " " + y);
            }
            A.close();
            B.close();
            C.close();
            D.close();
        }
        System.out.println("correct, " + width);
        List<Shape> shapes = List.of(
                new Shape("tiny L1", false, false, 112, 32, 256, 0),
                new Shape("tiny L2", false, false, 112, 512, 256, 0),
                new Shape("big", false, false, 2048, 2048, 2048, 0),
                new Shape("T fwd qkv", false, true, 512, 1152, 384, 1),
                new Shape("T fwd proj", false, true, 512, 384, 384, 0),
                new Shape("T fwd fc1", false, true, 512, 1536, 384, 1),
                new Shape("T fwd fc2", false, true, 512, 384, 1536, 0),
                new Shape("T dgrad qkv", false, false, 512, 384, 1152, 0),
                new Shape("T dgrad fc1", false, false, 512, 384, 1536, 0),
                new Shape("T dgrad fc2", false, false, 512, 1536, 384, 0),
                new Shape("T dgrad proj", false, false, 512, 384, 384, 0),
                new Shape("T wgrad qkv", true, false, 1152, 384, 512, 1),
                new Shape("T wgrad fc1", true, false, 1536, 384, 512, 1),
                new Shape("T wgrad fc2", true, false, 384, 1536, 512, 1),
                new Shape("T wgrad fc1 b0", true, false, 1536, 384, 512, 0),
                new Shape("T tp wgrad fc1", true, false, 768, 384, 1024, 1),
                new Shape("T tp fwd fc1", false, true, 1024, 768, 384, 1),
                new Shape("att qk", false, true, 64, 160, 64, 0),
                new Shape("att pv", false, false, 64, 64, 160, 0),
                new Shape("att dv", true, false, 160, 64, 64, 1),
                new Shape("M fwd fc1", false, true, 384, 512, 128, 1),
                new Shape("M fwd fc2", false, true, 384, 128, 512, 0),
                new Shape("M dgrad fc1", false, false, 384, 128, 512, 0),
                new Shape("M wgrad fc1", true, false, 512, 128, 384, 1),
                new Shape("M att qk", false, true, 64, 64, 32, 0),
                new Shape("M att pv", false, false, 64, 32, 64, 0),
                new Shape("S fwd fc1", false, true, 1024, 1536, 768, 1),
                new Shape("S wgrad fc1", true, false, 1536, 768, 1024, 1),
                new Shape("S dgrad fc1", false, false, 1024, 768, 1536, 0),
                new Shape("S head", false, true, 128, 25152, 768, 0));
        String only = args.length > 2 ? args[2] : "";
        for (Shape s : shapes) {
            if (!s.name.contains(only)) continue;
            int R = 6;
            long[][] p = new long[R][3];
            for (int r = 0; r < R; r++) {
                p[r][0] = HostStorage.allocate(4L * s.m * s.k).address();
                p[r][1] = HostStorage.allocate(4L * s.n * s.k).address();
                p[r][2] = HostStorage.allocate(4L * s.m * s.n).address();
                fill(p[r][0], s.m * s.k, rnd);
                fill(p[r][1], s.n * s.k, rnd);
                fill(p[r][2], s.m * s.n, rnd);
            }
            double flop = 2.0 * s.m * s.n * s.k;
            int reps = (int) (1.5e7 / flop) + 1;
            int pairs = Integer.getInteger("pairs", 120);
            double[][] time = new double[2][pairs];
            var bean = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
            int r = 0;
            for (int o = -20; o < pairs; o++)
                for (int w = 0; w < 2; w++) {
                    long t = bean.getCurrentThreadCpuTime();
                    for (int q = 0; q < reps; q++) {
                        r = (r + 1) % R;
                        Matrix a = s.ta
                                ? Matrix.of(p[r][0], s.k, s.m, s.m).transpose()
                                : Matrix.of(p[r][0], s.m, s.k, s.k);
                        Matrix b = s.tb
                                ? Matrix.of(p[r][1], s.n, s.k, s.k).transpose()
                                : Matrix.of(p[r][1], s.k, s.n, s.n);
                        Matrix c = Matrix.of(p[r][2], s.m, s.n, s.n);
                        if (w == 0) gemm.multiply(1, a, b, s.beta, c);
                        else blas.sgemm(1, a, b, s.beta, c);
                    }
                    if (o >= 0) time[w][o] = (bean.getCurrentThreadCpuTime() - t) / 1e9 / reps;
                }
            double[] ratio = new double[pairs];
            for (int o = 0; o < pairs; o++) ratio[o] = time[1][o] / time[0][o];
            for (double[] x : new double[][] {time[0], time[1], ratio}) Arrays.sort(x);
            System.out.printf(
                    "%-16s %4d %4d %4d  ours %6.1f med %6.1f   blas %6.1f med %6.1f   ratio %.3f [%.3f-%.3f]%n",
                    s.name,
                    s.m,
                    s.n,
                    s.k,
                    flop / time[0][0] / 1e9,
                    flop / time[0][pairs / 2] / 1e9,
                    flop / time[1][0] / 1e9,
                    flop / time[1][pairs / 2] / 1e9,
                    ratio[pairs / 2],
                    ratio[pairs / 4],
                    ratio[3 * pairs / 4]);
        }
    }

    static void fill(long at, int num, Random r) {
        for (int i = 0; i < num; i++) Lanes.set(at + 4L * i, r.nextFloat() - 0.5f);
    }
}
