/// Where the model's ports meet the transport: collectives over exchanges, activations over links.
@NullMarked
package io.stagecraft.stages.link;

import org.jspecify.annotations.NullMarked;
