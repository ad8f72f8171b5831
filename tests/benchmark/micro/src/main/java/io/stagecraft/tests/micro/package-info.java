/// Kernels, exchanges and links, each beside what the machine does in the same iteration.
@NullMarked
package io.stagecraft.tests.micro;

import org.jspecify.annotations.NullMarked;
