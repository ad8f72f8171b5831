/// Text files to indexed data sets of tokens.
@NullMarked
package io.stagecraft.model.data.preprocess;

import org.jspecify.annotations.NullMarked;
