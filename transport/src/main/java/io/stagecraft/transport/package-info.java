@NullMarked
package io.stagecraft.transport;

import org.jspecify.annotations.NullMarked;
