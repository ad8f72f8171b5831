package io.stagecraft.tests.benchmark;

import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.topology.RankCoordinate;

/// What a benchmark puts between a rank and the rest, to watch it.
interface RankInstruments {
    /// Nothing.
    RankInstruments NONE = new RankInstruments() {
        @Override
        public RankPorts around(RankCoordinate rank, RankPorts ports) {
            return ports;
        }

        @Override
        public RankProgram around(RankCoordinate rank, RankProgram program) {
            return program;
        }
    };

    /// Ports that do what `ports` do.
    RankPorts around(RankCoordinate rank, RankPorts ports);

    /// A program that does what `program` does.
    RankProgram around(RankCoordinate rank, RankProgram program);
}
