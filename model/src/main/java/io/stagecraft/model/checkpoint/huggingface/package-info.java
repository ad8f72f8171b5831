/// Models in the formats of Hugging Face.
@NullMarked
package io.stagecraft.model.checkpoint.huggingface;

import org.jspecify.annotations.NullMarked;
