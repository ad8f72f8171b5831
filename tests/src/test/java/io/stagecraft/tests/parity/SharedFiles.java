package io.stagecraft.tests.parity;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/// Fixtures that may not be committed: in a folder `shared` beside this checkout or further up.
public final class SharedFiles {
    private SharedFiles() {}

    /// The file or folder `name` below `shared`; skips the test where it is absent.
    public static Path require(String name) {
        Path folder = Path.of("").toAbsolutePath();
        while (folder.getParent() != null
                && !Files.exists(folder.resolve("shared").resolve(name))) {
            folder = folder.getParent();
        }
        Path found = folder.resolve("shared").resolve(name);
        assumeTrue(Files.exists(found), "shared/" + name + " is neither beside this checkout nor further up");
        return found;
    }
}
