/// The oracle: every operation as a plain loop.
@NullMarked
package io.stagecraft.model.backend.scalar;

import org.jspecify.annotations.NullMarked;
