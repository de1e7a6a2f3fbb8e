package io.reft.data;

import java.util.Map;

/** Chat messages, one by one: the last question of the user's, and what the assistant answered to it. */
final class Messages {
    private String user, assistant, wrong;

    /** One message; null for what it lacks. */
    void add(String role, String content) {
        if (role == null || content == null) {
            wrong = "messages must be a list of objects with role and content";
            return;
        }
        switch (role) {
            case "user" -> {
                user = content;
                assistant = null;
            }
            case "assistant" -> assistant = content;
            case "system" -> {}
            default -> wrong = "has a message of the role \"" + role + "\"; known are system, user and assistant";
        }
    }

    /** Puts them where {@link Rows#ASKED} and {@link Rows#ANSWERED} say. */
    void into(Map<String, String> fields, Map<String, String> faults) {
        if (wrong == null && user == null) {
            wrong = "has no message of the user";
        }
        if (wrong != null) {
            faults.put(Rows.ASKED, wrong);
            faults.put(Rows.ANSWERED, wrong);
            return;
        }
        fields.put(Rows.ASKED, user);
        if (assistant != null) {
            fields.put(Rows.ANSWERED, assistant);
        }
    }
}
