/// The same run at every layout, on the backend that users train with.
@NullMarked
package io.stagecraft.tests.parity;

import org.jspecify.annotations.NullMarked;
