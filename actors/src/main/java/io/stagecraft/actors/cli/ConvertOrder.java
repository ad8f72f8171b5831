package io.stagecraft.actors.cli;

import io.stagecraft.model.checkpoint.convert.ConversionRequest.VocabularySize;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.WeightType;
import io.stagecraft.model.checkpoint.convert.ConversionTarget;
import io.stagecraft.model.checkpoint.megatron.HeadCount;
import io.stagecraft.model.text.TokenizerSource;
import java.nio.file.Path;
import java.util.List;

/// What `stagecraft convert` is asked for.
///
/// @param from a saved model of any kind
/// @param to the folder that is to be
/// @param targets what to write; none for what follows from the kind of `from`
/// @param model what is said of the model
/// @param existing what to do if `to` is there
record ConvertOrder(Path from, Path to, List<ConversionTarget> targets, Said model, Existing existing) {
    /// What the user says of a model.
    ///
    /// @param vocabulary tokens of its tokenizer
    /// @param type of the weights that are written
    /// @param divisibleBy what rows of the vocabulary are a multiple of, for each tensor rank; none
    ///     for that of the source
    /// @param heads attention heads of a file that does not say it
    /// @param tokenizers its tokenizer; none for that of the source
    record Said(
            VocabularySize vocabulary,
            WeightType type,
            List<Integer> divisibleBy,
            HeadCount heads,
            List<TokenizerSource> tokenizers) {}

    /// A folder that is there already.
    enum Existing {
        /// Stays, and nothing is converted.
        REFUSE,
        /// Is replaced when the conversion has succeeded.
        REPLACE
    }
}
