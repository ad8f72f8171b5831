package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonValuesTest {
    @Test
    void shouldBringNumbersIntoOneForm() {
        assertThat(JsonValues.frozen(Map.of("a", 1, "b", 0.5f, "c", List.of(2, true, "x"))))
                .isEqualTo(Map.of("a", 1L, "b", 0.5, "c", List.of(2L, true, "x")));
    }

    @Test
    void shouldNotChangeWithItsSource() {
        Map<String, Object> source = new HashMap<>(Map.of("list", new ArrayList<>(List.of(1))));
        Map<String, Object> frozen = JsonValues.frozen(source);
        source.put("more", 1);
        assertThat(frozen).isEqualTo(Map.of("list", List.of(1L)));
    }

    @Test
    void shouldNameTheKeyOfAValueThatJsonDoesNotHave() {
        assertThatThrownBy(() -> JsonValues.frozen(Map.of("rate", Double.NaN)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN for key rate");
        assertThatThrownBy(() -> JsonValues.frozen(Map.of("when", new Object())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object for key when");
    }

    @Test
    void shouldRefuseValuesThatLieTooDeep() {
        Object value = "bottom";
        for (int i = 0; i < 100_000; i++) {
            value = List.of(value);
        }
        Map<String, Object> deep = Map.of("a", value);
        assertThatThrownBy(() -> JsonValues.frozen(deep))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("more than 64 deep at key a");
    }
}
