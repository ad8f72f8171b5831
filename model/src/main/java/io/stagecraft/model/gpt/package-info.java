@NullMarked
package io.stagecraft.model.gpt;

import org.jspecify.annotations.NullMarked;
