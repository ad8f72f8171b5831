package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.tensor.Tensor;

/// Layer normalization over the last dimension.
final class ScalarLayerNorm {
    private ScalarLayerNorm() {}

    static void forward(LayerNormOperands ln, Tensor y) {
        var x = Values.of(ln.x());
        var weight = Values.of(ln.weight());
        var bias = Values.of(ln.bias());
        var statistics = Values.of(ln.statistics());
        var out = Values.of(y);
        long columns = y.shape().last();
        for (long r = 0; r < y.shape().rows(); r++) {
            long row = r * columns;
            double sum = 0;
            for (long c = 0; c < columns; c++) {
                sum += x.get(row + c);
            }
            double mean = sum / columns;
            double squares = 0;
            for (long c = 0; c < columns; c++) {
                squares += (x.get(row + c) - mean) * (x.get(row + c) - mean);
            }
            double rstd = 1 / Math.sqrt(squares / columns + ln.epsilon());
            statistics.set(2 * r, mean);
            statistics.set(2 * r + 1, rstd);
            for (long c = 0; c < columns; c++) {
                out.set(row + c, (x.get(row + c) - mean) * rstd * weight.get(c) + bias.get(c));
            }
        }
    }

    static void parameterGradients(LayerNormOperands ln, Tensor dY, LayerNormGradients gradients) {
        var x = Values.of(ln.x());
        var statistics = Values.of(ln.statistics());
        var d = Values.of(dY);
        long columns = dY.shape().last();
        for (long c = 0; c < columns; c++) {
            double dWeight = 0;
            double dBias = 0;
            for (long r = 0; r < dY.shape().rows(); r++) {
                long i = r * columns + c;
                dWeight += d.get(i) * (x.get(i) - statistics.get(2 * r)) * statistics.get(2 * r + 1);
                dBias += d.get(i);
            }
            Values.of(gradients.dWeight()).add(c, dWeight);
            Values.of(gradients.dBias()).add(c, dBias);
        }
    }

    /// `dX = factor * residualGradient + d(layerNorm)/dx (dY)`.
    static void inputGradient(LayerNormOperands ln, Tensor dY, Tensor residualGradient, double factor, Tensor dX) {
        var x = Values.of(ln.x());
        var weight = Values.of(ln.weight());
        var statistics = Values.of(ln.statistics());
        var d = Values.of(dY);
        var residual = Values.of(residualGradient);
        var out = Values.of(dX);
        long columns = dY.shape().last();
        for (long r = 0; r < dY.shape().rows(); r++) {
            long row = r * columns;
            double mean = statistics.get(2 * r);
            double rstd = statistics.get(2 * r + 1);
            double sum = 0;
            double dot = 0;
            for (long c = 0; c < columns; c++) {
                double dHat = d.get(row + c) * weight.get(c);
                sum += dHat;
                dot += dHat * (x.get(row + c) - mean) * rstd;
            }
            for (long c = 0; c < columns; c++) {
                double xHat = (x.get(row + c) - mean) * rstd;
                double dHat = d.get(row + c) * weight.get(c);
                double gradient = rstd * (dHat - sum / columns - xHat * dot / columns);
                out.set(row + c, (factor == 0 ? 0 : residual.get(row + c)) + gradient);
            }
        }
    }
}
