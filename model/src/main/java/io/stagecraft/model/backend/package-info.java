@NullMarked
package io.stagecraft.model.backend;

import org.jspecify.annotations.NullMarked;
