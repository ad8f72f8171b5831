/// Schedules as values: pure functions that list what a stage does, and the proof that the lists
/// fit.
@NullMarked
package io.stagecraft.stages.schedule;

import org.jspecify.annotations.NullMarked;
