/// What actors of different JVMs share.
@NullMarked
package io.stagecraft.actors.cluster;

import org.jspecify.annotations.NullMarked;
