@NullMarked
package io.stagecraft.model.parallel;

import org.jspecify.annotations.NullMarked;
