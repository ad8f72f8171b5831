@NullMarked
package io.stagecraft.tests.benchmark;

import org.jspecify.annotations.NullMarked;
