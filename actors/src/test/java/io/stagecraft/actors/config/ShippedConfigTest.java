package io.stagecraft.actors.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The files that ship: the defaults and the top-level `application.conf`. Oracle: the records.
class ShippedConfigTest {
    private static final Path APPLICATION =
            Path.of("..", "application.conf").toAbsolutePath().normalize();

    @Test
    void shouldAcceptTheShippedFile() {
        StagecraftConfig config = accepted(APPLICATION).settings();
        assertThat(config.parallel().topology().toString()).isEqualTo("tensor 2 x pipeline 2 x data 1");
        assertThat(config.data().text()).isEqualTo("wordnet");
        assertThat(config.model().hiddenDropout()).isEqualTo(0.1);
        assertThat(config.model().attentionDropout()).isEqualTo(0.1);
        assertThat(config.train().globalBatchSize() / config.train().microBatchSize())
                .isGreaterThanOrEqualTo(4);
        assertThat(config.backend().type()).isEqualTo(BackendConfig.Type.CPU);
    }

    @Test
    void shouldAcceptTheDefaultsWithoutAnyFile() {
        assertThat(accepted(Path.of("there-is-no-such-file.conf"))
                        .settings()
                        .train()
                        .trainIters())
                .isPositive();
    }

    @Test
    void shouldHaveADefaultForEachRecordComponentAndNoOther() {
        assertThat(keys(ConfigFactory.defaultReference())).isEqualTo(componentKeys());
    }

    @Test
    void shouldShowEachRecordComponentInTheShippedFileAndNothingElse() {
        Config shipped = ConfigFactory.parseFile(APPLICATION.toFile())
                .withFallback(ConfigFactory.empty())
                .resolve();
        assertThat(keys(shipped)).isEqualTo(componentKeys());
    }

    @Test
    void shouldReadEachKeyItDeclares() {
        List<String> read =
                accepted(APPLICATION).lines().stream().map(ConfigLine::key).toList();
        assertThat(new TreeSet<>(read)).isEqualTo(componentKeys());
    }

    @Test
    void shouldComeBackFromItsOwnText(@org.junit.jupiter.api.io.TempDir Path folder) throws Exception {
        EffectiveConfig first = accepted(APPLICATION);
        Path copy = java.nio.file.Files.writeString(folder.resolve("copy.conf"), first.text());
        assertThat(accepted(copy).settings()).isEqualTo(first.settings());
    }

    private static EffectiveConfig accepted(Path file) {
        var request = new ConfigRequest(Path.of(""), file, ConfigRequest.Presence.OPTIONAL, List.of());
        ConfigOutcome outcome = new TrainConfigReader().read(request);
        assertThat(outcome).isInstanceOf(ConfigOutcome.Accepted.class);
        return ((ConfigOutcome.Accepted) outcome).config();
    }

    private static Set<String> keys(Config config) {
        var keys = new TreeSet<String>();
        config.getConfig("stagecraft").entrySet().forEach(it -> keys.add(it.getKey()));
        return keys;
    }

    /// `group.component` in kebab case; a record inside a group counts as the group's own components.
    private static Set<String> componentKeys() {
        var keys = new TreeSet<String>();
        for (RecordComponent group : StagecraftConfig.class.getRecordComponents()) {
            collect(kebab(group.getName()), group.getType(), keys);
        }
        return keys;
    }

    private static void collect(String group, Class<?> type, Set<String> keys) {
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.getType().isRecord()) {
                collect(group, component.getType(), keys);
            } else {
                keys.add(group + "." + kebab(component.getName()));
            }
        }
    }

    private static String kebab(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(java.util.Locale.ROOT);
    }
}
