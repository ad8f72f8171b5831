@NullMarked
package io.stagecraft.actors.cli;

import org.jspecify.annotations.NullMarked;
