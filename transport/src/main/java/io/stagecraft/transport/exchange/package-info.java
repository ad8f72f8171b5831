@NullMarked
package io.stagecraft.transport.exchange;

import org.jspecify.annotations.NullMarked;
