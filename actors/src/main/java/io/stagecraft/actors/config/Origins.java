package io.stagecraft.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Where each setting was written. A value with `${...}` in it has, once resolved, the origins of
/// all its parts; the place of the setting itself is known before that only.
///
/// @param layers unresolved, with the root; the first one that has a setting wins
/// @param settings resolved, without the root
record Origins(List<Config> layers, ConfigObject settings) {
    /// Of a setting; empty if it is written nowhere.
    Optional<ConfigOrigin> of(String key) {
        try {
            return layers.stream()
                    .flatMap(layer -> child(layer.root(), KnownKeys.ROOT).stream())
                    .flatMap(root -> root instanceof ConfigObject group ? find(group, key).stream() : Stream.empty())
                    .findFirst()
                    .or(() -> find(settings, key))
                    .map(ConfigValue::origin);
        } catch (ConfigException.NotResolved _) {
            // A whole group is a substitution.
            return find(settings, key).map(ConfigValue::origin);
        }
    }

    /// The value of a setting, null values included.
    Optional<ConfigValue> written(String key) {
        return find(settings, key);
    }

    private static Optional<ConfigValue> find(ConfigObject root, String key) {
        int dot = key.indexOf('.');
        return child(root, key.substring(0, dot))
                .filter(ConfigObject.class::isInstance)
                .flatMap(group -> child((ConfigObject) group, key.substring(dot + 1)));
    }

    private static Optional<ConfigValue> child(ConfigObject object, String name) {
        return Optional.ofNullable(object.get(name));
    }
}
