package io.stagecraft.actors.cluster;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.TokenChoice;
import java.util.List;

/// How sealed values inside messages say on the wire which one they are: by a short name, from the
/// closed list that the sealed type itself gives. No class name is ever read from the wire.
public final class WireModule extends SimpleModule {
    private static final long serialVersionUID = 1;

    private static final List<Class<?>> SEALED =
            List.of(Phase.class, PhaseResult.class, TokenChoice.class, RunEvent.class);

    /// The form of such a value: its name in the member `kind`.
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    private interface Named {}

    /// For `akka.serialization.jackson.jackson-modules`.
    public WireModule() {
        super("stagecraft-wire");
    }

    @Override
    public void setupModule(Module.SetupContext context) {
        super.setupModule(context);
        for (Class<?> sealed : SEALED) {
            context.setMixInAnnotations(sealed, Named.class);
            for (Class<?> one : sealed.getPermittedSubclasses()) {
                context.registerSubtypes(new NamedType(one, one.getSimpleName()));
            }
        }
    }
}
