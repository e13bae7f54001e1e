package org.mostdb.server;

/** What {@code --help} says. */
final class Help {

    private static final int WIDTH = 100;
    private static final String INDENT = "      ";

    private Help() {}

    static String text() {
        StringBuilder text = new StringBuilder(8192)
                .append("mostdb ")
                .append(ProductVersion.text())
                .append(", a replicated key/value store.\n\n")
                .append("Usage: java -jar mostdb-server.jar [--help | --version | backup | restore | reform]\n\n")
                .append("reform makes a new cluster from what is left of one; reform --help says more.\n\n")
                .append("It is configured by environment variables, or by a file that MOSTDB_CONFIG_FILE names:\n");
        for (Setting<?> setting : SettingsTable.ALL) {
            text.append("\n  ").append(setting.name());
            if (!setting.defaultText().isEmpty()) {
                text.append(" (").append(setting.defaultText()).append(')');
            }
            text.append('\n');
            wrap(text, setting.meaning());
        }
        text.append("\n  ").append(SettingsTable.ENGINE_OPTION_PREFIX).append("<OPTION>\n");
        wrap(text, "An option of the storage engine.");
        return text.toString().stripTrailing();
    }

    private static void wrap(StringBuilder text, String meaning) {
        int column = WIDTH;
        for (String word : meaning.split(" ", -1)) {
            if (column + 1 + word.length() > WIDTH) {
                text.append(column == WIDTH ? "" : "\n").append(INDENT).append(word);
                column = INDENT.length() + word.length();
            } else {
                text.append(' ').append(word);
                column += 1 + word.length();
            }
        }
        text.append('\n');
    }
}
