/// Megatron-LM's command line: its arguments, and the settings that they mean.
@NullMarked
package io.stagecraft.actors.megatron;

import org.jspecify.annotations.NullMarked;
