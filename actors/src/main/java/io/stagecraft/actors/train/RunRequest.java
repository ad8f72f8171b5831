package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import java.nio.file.Path;

/// What a command wants of a run in this JVM.
///
/// @param config valid settings
/// @param configText the same as HOCON, for the checkpoint
/// @param job what for
/// @param cacheFolder where natives are unpacked and text is kept as tokens; made if absent
/// @param cores processors of this JVM
public record RunRequest(StagecraftConfig config, String configText, RunJob job, Path cacheFolder, int cores) {}
