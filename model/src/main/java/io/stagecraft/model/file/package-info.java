/// What readers of files from elsewhere have in common.
@NullMarked
package io.stagecraft.model.file;

import org.jspecify.annotations.NullMarked;
