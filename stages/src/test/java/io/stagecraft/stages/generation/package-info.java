@NullMarked
package io.stagecraft.stages.generation;

import org.jspecify.annotations.NullMarked;
