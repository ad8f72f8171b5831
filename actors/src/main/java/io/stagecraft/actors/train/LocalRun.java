package io.stagecraft.actors.train;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import com.typesafe.config.Config;
import io.stagecraft.actors.config.ActorSystemConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A run in this JVM: an actor system for it, and an end in order whoever asks for it. Ranks close
/// first, then what they borrowed, then the actor system ends.
///
/// Threads: any.
public final class LocalRun {
    private static final Logger LOG = LoggerFactory.getLogger(LocalRun.class);
    private static final int SIGTERM = 15;

    /// How long the actor system may take to end after the run; longer only if a rank's thread
    /// never comes back.
    private static final Duration SYSTEM_PATIENCE = Duration.ofSeconds(15);

    private final ActorSystem<RunGuardian.Command> system;
    private final CompletableFuture<RunOutcome> outcome;

    private LocalRun(ActorSystem<RunGuardian.Command> system, CompletableFuture<RunOutcome> outcome) {
        this.system = system;
        this.outcome = outcome;
    }

    /// Starts `parts` in a new actor system; `application` is what the application says about
    /// `akka`.
    public static LocalRun start(RunParts parts, Config application) {
        var ended = new CompletableFuture<RunEnd>();
        ActorSystem<RunGuardian.Command> system = ActorSystem.create(
                RunGuardian.create(parts, ended::complete), "stagecraft", ActorSystemConfig.over(application));
        Executor closer = Thread.ofPlatform().name("stagecraft-close")::start;
        CompletableFuture<RunOutcome> closed = ended.thenApplyAsync(how -> closing(parts, how), closer);
        endWithTheSystem(system, ended, closed);
        CompletableFuture<Done> terminated = system.getWhenTerminated().toCompletableFuture();
        terminated.thenRun(() -> ended.complete(RunEnd.clean(
                new RunOutcome.Failed(0, "actor system", "ended before the run; see the log above", List.of()))));
        CompletableFuture<Done> gone = closed.thenCompose(_ ->
                terminated.copy().completeOnTimeout(Done.getInstance(), SYSTEM_PATIENCE.toSeconds(), TimeUnit.SECONDS));
        return new LocalRun(system, closed.thenCombine(gone, (how, _) -> how));
    }

    /// How the run ended; completes when nothing of it is left: no rank, no link, no actor system.
    /// A rank whose thread never comes back is given up after a minute at most and said in the log.
    public CompletionStage<RunOutcome> outcome() {
        return outcome.minimalCompletionStage();
    }

    /// Asks the run to end now, in order: ranks stop within the step.
    public void interrupt(int signal) {
        system.tell(new RunGuardian.Interrupt(signal));
    }

    /// Interrupts the run if the actor system is told to end first, and holds the system until the
    /// run's ranks have come to rest.
    private static void endWithTheSystem(
            ActorSystem<RunGuardian.Command> system,
            CompletableFuture<RunEnd> ended,
            CompletableFuture<RunOutcome> closed) {
        CoordinatedShutdown.get(system).addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "end-the-run", () -> {
            if (!ended.isDone()) {
                system.tell(new RunGuardian.Interrupt(SIGTERM));
            }
            return closed.handle((_, _) -> Done.getInstance());
        });
    }

    /// Memory that a running thread may still touch stays as it is.
    private static RunOutcome closing(RunParts parts, RunEnd end) {
        if (!end.stuck().isEmpty()) {
            LOG.error("ranks of {} may still run; what they borrow stays open until the JVM ends", end.stuck());
            return end.outcome();
        }
        try {
            parts.resources().run();
        } catch (RuntimeException failure) {
            LOG.warn("the run ended, but what it borrowed could not be closed", failure);
        }
        return end.outcome();
    }
}
