@NullMarked
package io.stagecraft.model.text;

import org.jspecify.annotations.NullMarked;
