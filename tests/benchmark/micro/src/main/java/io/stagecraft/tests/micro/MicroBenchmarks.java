package io.stagecraft.tests.micro;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// `main` of `tests/benchmark/jmh`: takes JMH's arguments, runs, prints a table and writes JSON.
public final class MicroBenchmarks {
    private static final Path REPORTS = Path.of("tests/benchmark/micro/target/reports");
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    private MicroBenchmarks() {}

    /// Runs the benchmarks whose names match the arguments, or all.
    public static void main(String[] arguments) throws CommandLineOptionException, RunnerException, IOException {
        var options = new CommandLineOptions(arguments);
        if (options.shouldHelp()) {
            options.showHelp();
            return;
        }
        if (options.shouldList()) {
            new Runner(options).list();
            return;
        }
        Files.createDirectories(REPORTS);
        String name = LocalDateTime.now().format(NAME);
        Path jmh = REPORTS.resolve(name + "-jmh.json");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(options)
                        .shouldFailOnError(true)
                        .resultFormat(ResultFormatType.JSON)
                        .result(jmh.toString())
                        .build())
                .run();
        var report = new Report(results);
        System.out.print(report.table());
        Path json = REPORTS.resolve(name + ".json");
        Files.writeString(json, report.json());
        System.out.printf("%nEvery iteration: %s%nThis table: %s%n", jmh, json);
    }
}
