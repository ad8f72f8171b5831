/// The command line: reads arguments and configuration, then asks [Runs] to do the work.
@NullMarked
package io.stagecraft.actors.cli;

import org.jspecify.annotations.NullMarked;
