package io.stagecraft.stages.run;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.layer.History;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// What the layers are told about one microbatch in flight; reused from microbatch to microbatch.
///
/// - Thread: the rank's compute thread.
final class MicrobatchContext implements ForwardContext, AutoCloseable {
    private static final int NUM_IDS = 4;

    private final Backend backend;
    private final int maxRows;
    private final Storage inputs;
    private final Storage activations;
    private final TensorArena arena;
    private final SharedArenas shared;
    private final int[] rowPositions;
    private TensorArena gradients;
    private Mode mode = Mode.EVALUATION;
    private MicrobatchShape shape = new MicrobatchShape(1, 1);
    private History history = History.NONE;
    private long firstSample;
    private double lossScale;
    private Tensor tokens;
    private Tensor positions;
    private Tensor targets;
    private Tensor lossWeights;
    private AttentionMask attentionMask = AttentionMask.CAUSAL;
    private int numMasked;

    /// Allocates room for the activations of one microbatch and for tokens, positions, targets,
    /// starts of documents and weights of up to `sizes.maxRows()` rows.
    MicrobatchContext(Backend backend, ArenaSizes sizes, SharedArenas shared, String name) {
        this.backend = backend;
        this.maxRows = sizes.maxRows();
        this.shared = shared;
        this.gradients = shared.gradients();
        this.inputs = backend.allocate(inputBytes(maxRows, backend.dtype()));
        this.activations = backend.allocate(sizes.activationBytes());
        this.arena = new TensorArena(name, activations);
        this.rowPositions = new int[maxRows];
        this.tokens = ids(0, 1);
        this.positions = ids(1, 1);
        this.targets = ids(2, 1);
        this.lossWeights = weights(1);
    }

    /// Bytes of the inputs of `rows` rows, which lie outside the arena.
    static long inputBytes(int rows, DType dtype) {
        return NUM_IDS * idBytes(rows) + TensorArena.roundUp((long) rows * dtype.sizeBytes());
    }

    /// Starts another microbatch: the arena is empty, all rows weigh 1, documents run on, tokens
    /// and targets are unwritten.
    void begin(Mode newMode, MicrobatchShape newShape, long newFirstSample, double newLossScale) {
        if (newShape.rows() > maxRows) {
            throw new IllegalArgumentException(
                    "a microbatch of " + newShape.rows() + " rows does not fit a slot of " + maxRows);
        }
        arena.reset();
        mode = newMode;
        history = History.NONE;
        firstSample = newFirstSample;
        lossScale = newLossScale;
        attentionMask = AttentionMask.CAUSAL;
        numMasked = 0;
        gradients = shared.gradients();
        shape = newShape;
        int rows = newShape.rows();
        tokens = ids(0, rows);
        positions = ids(1, rows);
        targets = ids(2, rows);
        lossWeights = weights(rows);
        for (int row = 0; row < rows; row++) {
            rowPositions[row] = row % newShape.numPositions();
        }
        backend.upload(rowPositions, 0, positions);
        backend.fill(lossWeights, 1);
    }

    /// As the other, for rows that go on where `newHistory` ends.
    void begin(MicrobatchShape newShape, History.Cached newHistory) {
        begin(Mode.EVALUATION, newShape, 0, 1);
        goOn(newHistory);
        for (int row = 0; row < newShape.rows(); row++) {
            rowPositions[row] += newHistory.firstPosition();
        }
        backend.upload(rowPositions, 0, positions);
    }

    /// The rows have `newHistory` before them.
    void goOn(History newHistory) {
        history = newHistory;
    }

    /// Sum of the loss weights.
    double sumOfWeights() {
        return shape.rows() - numMasked;
    }

    /// Takes `row` out of the loss; once at most.
    void maskLoss(int row) {
        backend.fill(lossWeights.slice(row, 1), 0);
        numMasked++;
    }

    /// Rows attend from `starts` on, the position in their sequence where their document begins.
    void attendWithinDocuments(int[] starts) {
        Tensor uploaded = ids(3, shape.rows());
        backend.upload(starts, 0, uploaded);
        attentionMask = new AttentionMask.Documents(uploaded);
    }

    /// From now on a row's weighted loss counts `factor` in the step's loss.
    void scaleLoss(double factor) {
        lossScale = factor;
    }

    MicrobatchShape shape() {
        return shape;
    }

    /// From now on gradients lie beside the activations: they live until the microbatch ends.
    void keepGradients() {
        gradients = arena;
    }

    @Override
    public Mode mode() {
        return mode;
    }

    @Override
    public int numSequences() {
        return shape.numSequences();
    }

    @Override
    public int numPositions() {
        return shape.numPositions();
    }

    @Override
    public long firstSample() {
        return firstSample;
    }

    @Override
    public History history() {
        return history;
    }

    @Override
    public Tensor tokens() {
        return tokens;
    }

    @Override
    public Tensor positions() {
        return positions;
    }

    @Override
    public AttentionMask attentionMask() {
        return attentionMask;
    }

    @Override
    public Tensor targets() {
        return targets;
    }

    @Override
    public Tensor lossWeights() {
        return lossWeights;
    }

    @Override
    public double lossScale() {
        return lossScale;
    }

    @Override
    public TensorArena arena() {
        return arena;
    }

    @Override
    public TensorArena gradients() {
        return gradients;
    }

    /// The other of the two shared arenas, emptied, unless gradients lie beside the activations.
    @Override
    public void alternateGradients() {
        if (gradients != arena) {
            gradients = shared.nextGradients();
        }
    }

    /// The shared scratch, emptied; beside the activations where gradients lie there, for then
    /// weight gradients may come after those of another microbatch.
    @Override
    public TensorArena scratch() {
        return gradients == arena ? arena : shared.scratch();
    }

    @Override
    public void close() {
        inputs.close();
        activations.close();
    }

    private Tensor ids(int place, int rows) {
        return new Tensor(inputs, place * idBytes(maxRows), Shape.of(rows), DType.INT32);
    }

    private Tensor weights(int rows) {
        return new Tensor(inputs, NUM_IDS * idBytes(maxRows), Shape.of(rows), backend.dtype());
    }

    private static long idBytes(int rows) {
        return TensorArena.roundUp((long) rows * DType.INT32.sizeBytes());
    }
}
