@NullMarked
package io.stagecraft.actors.config;

import org.jspecify.annotations.NullMarked;
