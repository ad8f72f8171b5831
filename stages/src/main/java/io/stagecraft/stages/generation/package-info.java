/// What a batch of texts asks of the ranks, token by token, and what becomes of the answers.
@NullMarked
package io.stagecraft.stages.generation;

import org.jspecify.annotations.NullMarked;
