package io.stagecraft.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

/// The configuration of the actor system that a run starts.
public final class ActorSystemConfig {
    private static final String OURS = "stagecraft-actor-system";

    private ActorSystemConfig() {}

    /// What `application` says, over Stagecraft's dispatchers and serializers, over Akka's
    /// defaults.
    public static Config over(Config application) {
        return application
                .withFallback(ConfigFactory.parseResourcesAnySyntax(OURS))
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
    }
}
