/// A run as actors: the coordinator's step loop, stages, tensor ranks, checkpoints, and the
/// assembly of all that in one JVM.
@NullMarked
package io.stagecraft.actors.train;

import org.jspecify.annotations.NullMarked;
