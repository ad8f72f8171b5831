@NullMarked
package io.stagecraft.model.layer;

import org.jspecify.annotations.NullMarked;
