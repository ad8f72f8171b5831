/// Messages as frames: header, sender, assembler, leases and the thread that polls.
@NullMarked
package io.stagecraft.transport.frame;

import org.jspecify.annotations.NullMarked;
