@NullMarked
package io.stagecraft.stages.topology;

import org.jspecify.annotations.NullMarked;
