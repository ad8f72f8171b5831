@NullMarked
package io.stagecraft.stages.run;

import org.jspecify.annotations.NullMarked;
