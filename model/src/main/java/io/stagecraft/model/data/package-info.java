@NullMarked
package io.stagecraft.model.data;

import org.jspecify.annotations.NullMarked;
