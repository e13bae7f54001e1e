package org.mostdb.server;

import java.io.Console;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mostdb.api.InvalidRequestException;
import org.mostdb.api.MostDbException;
import org.mostdb.api.UnsupportedByPolicyException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** All that the command line can ask for but the server itself: that one is started without a word of this. */
@Command(name = Commands.NAME)
final class Commands implements Callable<Integer> {

    static final int REFUSED = 2;

    static final String NAME = "mostdb";

    @Option(
            names = {"--help", "-h"},
            description = "Show the settings.")
    private boolean help;

    @Option(names = "--version", description = "Show the version.")
    private boolean version;

    private final PrintWriter out;

    private Commands(PrintWriter out) {
        this.out = out;
    }

    /** Does what the arguments ask for; returns the exit code. */
    static int run(List<String> arguments, Map<String, String> environment, PrintWriter out, PrintWriter errors) {
        CommandLine line = new CommandLine(new Commands(out))
                .addSubcommand(new BackupCommand(environment, errors))
                .addSubcommand(new RestoreCommand(environment, out, errors))
                .addSubcommand(new ReformCommand(environment, out, errors))
                .setOut(out)
                .setErr(errors)
                .setParameterExceptionHandler((wrong, unused) -> {
                    errors.println(sentence(wrong));
                    return REFUSED;
                })
                .setExecutionExceptionHandler((e, unused, alsoUnused) -> {
                    errors.println("mostdb: " + e.getMessage());
                    boolean isRefusal = e instanceof StartRefusedException
                            || e instanceof InvalidRequestException
                            || e instanceof UnsupportedByPolicyException;
                    if (!isRefusal && !(e instanceof MostDbException)) {
                        throw e;
                    }
                    return isRefusal ? REFUSED : 1;
                });
        int exitCode = line.execute(arguments.toArray(String[]::new));
        out.flush();
        errors.flush();
        return exitCode;
    }

    private static String sentence(ParameterException wrong) {
        String command = wrong.getCommandLine().getCommandName();
        String what = wrong instanceof UnmatchedArgumentException unmatched
                ? " does not know " + String.join(" ", unmatched.getUnmatched()) + ": "
                : ": " + wrong.getMessage() + ": ";
        return command.equals(NAME)
                ? NAME + what + "it knows backup, restore, reform, --help and --version, and is configured by"
                        + " environment variables."
                : NAME + ' ' + command + what + NAME + ' ' + command + " --help shows what it does.";
    }

    @Override
    public Integer call() {
        out.println(version && !help ? "mostdb " + ProductVersion.text() : Help.text());
        return 0;
    }

    /** What the operator answers to the question whether to go on. */
    @SuppressWarnings("SystemConsoleNull") // it is null again where JDK 25 finds no terminal
    static String answer(boolean yes, PrintWriter errors) {
        if (yes) {
            return "yes";
        }
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            errors.println("mostdb: there is no terminal to ask on: give --yes to go on.");
            return "";
        }
        String typed = console.readLine("Type yes to go on: ");
        return typed == null ? "" : typed;
    }

    /** Reads the settings, and lets only trouble be told. */
    static Settings settings(Map<String, String> environment) {
        Settings settings = Settings.of(environment);
        NodeLog.setUp(settings.logLevel() == LogLevel.DEBUG ? LogLevel.DEBUG : LogLevel.WARN);
        return settings;
    }
}
