/// Runs that are stopped, killed and started again, against runs that never were.
@org.jspecify.annotations.NullMarked
package io.stagecraft.tests.resume;
