package org.mostdb.server;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The texts of the settings that are set: those of the environment over those of a file. An empty text is the same as
 * none, which is what a variable passed through a compose file gives; only the context path may be set to nothing.
 */
final class SettingTexts {

    private static final String PREFIX = "MOSTDB_";

    /** Kubernetes and old container links set these for a service that is called mostdb; they are none of ours. */
    private static final Pattern OF_THE_SURROUNDINGS =
            Pattern.compile("MOSTDB_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\\d+_(TCP|UDP)(_(ADDR|PORT|PROTO))?)");

    private static final Pattern COMMENT_BEHIND = Pattern.compile("\\s#");

    private static final Set<String> OF_THE_LAUNCHER =
            Set.of("MOSTDB_JAVA_HOME", "MOSTDB_JAVA_OPTS", "MOSTDB_JDK_FOLDERS");

    private static final Set<String> KNOWN =
            SettingsTable.ALL.stream().map(Setting::name).collect(Collectors.toUnmodifiableSet());

    private final Map<String, String> texts;

    private SettingTexts(Map<String, String> texts) {
        this.texts = texts;
    }

    static SettingTexts read(Map<String, String> environment) {
        Map<String, String> own = ours(environment, "the environment");
        String file = own.get(SettingsTable.CONFIG_FILE.name());
        Map<String, String> all = new HashMap<>();
        if (file != null) {
            all.putAll(ours(readFile(file), "the file " + file));
        }
        all.putAll(own);
        return new SettingTexts(all);
    }

    /** The value of a setting, or its default. */
    <T> T get(Setting<T> setting) {
        String text = texts.get(setting.name());
        return text == null ? setting.defaultValue() : setting.parse(text);
    }

    /** The options for the storage engine, under their dashed names. */
    Map<String, String> engineOptions() {
        Map<String, String> options = new TreeMap<>();
        texts.forEach((name, text) -> {
            if (name.startsWith(SettingsTable.ENGINE_OPTION_PREFIX)) {
                String option = name.substring(SettingsTable.ENGINE_OPTION_PREFIX.length());
                options.put(option.toLowerCase(Locale.ROOT).replace('_', '-'), text);
            }
        });
        return options;
    }

    private static Map<String, String> ours(Map<String, String> named, String source) {
        Map<String, String> ours = new HashMap<>();
        named.forEach((name, text) -> {
            if (name.startsWith(PREFIX) && !OF_THE_SURROUNDINGS.matcher(name).matches()) {
                checkKnown(name, source);
                String stripped = text.strip();
                if (!stripped.isEmpty() || name.equals(SettingsTable.CONTEXT_PATH_SETTING.name())) {
                    ours.put(name, stripped);
                }
            }
        });
        return ours;
    }

    private static void checkKnown(String name, String source) {
        boolean engineOption = name.startsWith(SettingsTable.ENGINE_OPTION_PREFIX)
                && name.length() > SettingsTable.ENGINE_OPTION_PREFIX.length();
        if (!engineOption && !KNOWN.contains(name)) {
            String hint = OF_THE_LAUNCHER.contains(name)
                    ? "it is for the launcher, ./mostdb, which takes it from the environment."
                    : NearestName.of(name, KNOWN)
                            .map(nearest -> "did you mean " + nearest + "?")
                            .orElse("take it away, or choose one of those that --help lists.");
            throw new StartRefusedException(name + " in " + source + " is not a setting: " + hint);
        }
    }

    private static Map<String, String> readFile(String file) {
        try {
            return parseLines(file, Files.readAllLines(Path.of(file)));
        } catch (MalformedInputException e) {
            throw new StartRefusedException("MOSTDB_CONFIG_FILE=" + file + " is not a text file in UTF-8.", e);
        } catch (IOException e) {
            throw new StartRefusedException(
                    "MOSTDB_CONFIG_FILE=" + file + " can't be read: it must be a readable file ("
                            + e.getClass().getSimpleName() + ").",
                    e);
        }
    }

    private static Map<String, String> parseLines(String file, List<String> lines) {
        Map<String, String> named = new HashMap<>();
        int number = 0;
        for (String raw : lines) {
            number++;
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
                continue;
            }
            int equals = line.indexOf('=');
            String name = equals < 0 ? "" : line.substring(0, equals).strip();
            String text = line.substring(equals + 1).strip();
            String where = "Line " + number + " of " + file + " (MOSTDB_CONFIG_FILE) ";
            if (!name.startsWith(PREFIX)) {
                throw new StartRefusedException(where + "is not allowed: it must be NAME=value with a name that begins"
                        + " with MOSTDB_, a comment after #, or empty.");
            }
            if (text.startsWith("\"") || text.startsWith("'")) {
                throw new StartRefusedException(where + "has quotes around the value of " + name
                        + ": write it without, since not all readers of such files take them off.");
            }
            if (COMMENT_BEHIND.matcher(text).find()) {
                throw new StartRefusedException(
                        where + "has a comment behind the value of " + name + ": give it a line of its own.");
            }
            if (name.equals(SettingsTable.CONFIG_FILE.name())) {
                throw new StartRefusedException(where + "sets " + name + ": set it in the environment only.");
            }
            if (named.putIfAbsent(name, text) != null) {
                throw new StartRefusedException(where + "sets " + name + " for the second time: keep one.");
            }
        }
        return named;
    }
}
