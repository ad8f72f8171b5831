/// What several tests of this module need.
@NullMarked
package io.stagecraft.stages.testing;

import org.jspecify.annotations.NullMarked;
