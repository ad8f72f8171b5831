/// Benchmarks of language models: which tokens are scored, and what the scores mean.
@NullMarked
package io.stagecraft.model.evaluation;

import org.jspecify.annotations.NullMarked;
