@NullMarked
package io.stagecraft.actors.megatron;

import org.jspecify.annotations.NullMarked;
