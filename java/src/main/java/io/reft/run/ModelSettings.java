package io.reft.run;

import com.google.gson.JsonObject;
import io.reft.answer.AnswerFormat;
import io.reft.checkpoint.DurableFiles;
import io.reft.checkpoint.JsonFields;
import io.reft.data.SolutionFormat;
import io.reft.data.Template;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What reft keeps of a model beside Hugging Face's files, in {@code reft.json}: {@code {"template": "paper", "solutions": "nl", "answers":
 * "boxed"}}, and the programs' indentation where it is not four spaces. What was trained in one form is asked in the same.
 *
 * @param template  its prompts
 * @param solutions what it was trained to write; null where it was not trained here
 * @param answers   where its prose gives the answer; null where it was not trained here
 */
public record ModelSettings(Template template, SolutionFormat solutions, AnswerFormat answers) {
    /** The file in a model's folder. */
    public static final String FILE = "reft.json";

    private static final ModelSettings NONE = new ModelSettings(Template.PAPER, null, null);
    private static final long LIMIT = 1 << 20;

    /** Those of a model folder; the paper's prompts where it has none. */
    public static ModelSettings read(Path dir) {
        Path file = dir.resolve(FILE);
        if (!Files.exists(file)) {
            return NONE;
        }
        JsonFields fields = JsonFields.read(file, LIMIT);
        String solutions = fields.text("solutions", null), answers = fields.text("answers", null);
        if (solutions != null && !solutions.equals("python") && !solutions.equals("nl")) {
            throw fields.error("solutions", "\"" + solutions + "\"", "it is python or nl");
        }
        String name = fields.text("template", Template.PAPER.name()), indentation = fields.text("indentation", Template.STANDARD);
        if (!List.of(Template.PAPER.name(), Template.DEMO.name()).contains(name)) {
            throw fields.error("template", "\"" + name + "\"", "it is paper or demo");
        }
        if (!indentation.matches("[ \t]{1,16}")) {
            throw fields.error("indentation", "\"" + indentation + "\"", "it must be spaces or tabs, at most 16");
        }
        return new ModelSettings(Template.named(name).indented(indentation),
                solutions == null ? null : SolutionFormat.valueOf(solutions.toUpperCase(Locale.ROOT)),
                answers == null ? null : AnswerFormat.named(answers));
    }

    /** Writes them into a model folder. */
    void write(Path dir) {
        JsonObject json = new JsonObject();
        json.addProperty("template", template.name());
        if (!template.indentation().equals(Template.STANDARD)) {
            json.addProperty("indentation", template.indentation());
        }
        if (solutions != null) {
            json.addProperty("solutions", solutions.name().toLowerCase(Locale.ROOT));
        }
        if (answers != null) {
            json.addProperty("answers", answers.toString());
        }
        DurableFiles.replace(dir.resolve(FILE), json + "\n");
    }
}
