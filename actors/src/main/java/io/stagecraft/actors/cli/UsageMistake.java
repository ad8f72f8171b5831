package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// What is said when the arguments are not understood: what is wrong, what may have been meant,
/// where to read more.
final class UsageMistake implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException mistake, String[] args) {
        CommandLine command = mistake.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("stagecraft: " + Printable.line(words(mistake)));
        if (mistake instanceof UnmatchedArgumentException unmatched) {
            for (String argument : unmatched.getUnmatched()) {
                if (argument.startsWith("--") && argument.indexOf('.') > 0) {
                    err.println("Settings are given without dashes, as " + argument.substring(2));
                    break;
                }
            }
            UnmatchedArgumentException.printSuggestions(mistake, err);
        }
        err.println("`" + command.getCommandSpec().qualifiedName() + " --help` says what there is.");
        err.flush();
        return ExitCode.REFUSED;
    }

    // Picocli counts the launcher's own arguments too, so its index would mislead.
    private static String words(ParameterException mistake) {
        if (mistake instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            return "there is no command or argument '"
                    + unmatched.getUnmatched().getFirst() + "'";
        }
        return String.valueOf(mistake.getMessage());
    }
}
