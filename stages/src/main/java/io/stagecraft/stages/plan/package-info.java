/// Memory and work of a layout, before anything runs.
@NullMarked
package io.stagecraft.stages.plan;

import org.jspecify.annotations.NullMarked;
