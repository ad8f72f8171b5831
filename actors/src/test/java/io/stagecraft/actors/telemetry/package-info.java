@NullMarked
package io.stagecraft.actors.telemetry;

import org.jspecify.annotations.NullMarked;
