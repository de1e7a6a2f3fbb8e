package io.reft.data;

import io.reft.InputError;
import java.net.URI;
import java.util.List;

/**
 * A data set's file where its authors publish it, at a commit that does not move.
 *
 * @param name    what {@code reft data fetch} calls it
 * @param uri     where it is
 * @param sha256  of the file as published, in hexadecimal
 * @param bytes   its length
 * @param licence the authors' terms
 */
public record PublishedFile(String name, URI uri, String sha256, long bytes, String licence) {
    private static final String GSM8K = "openai/grade-school-math/3101c7d5072418e28b9008a6636bde82a006892c/grade_school_math/data/";
    private static final String SVAMP = "arkilpatel/SVAMP/689d7ccac74b9983a2ac7cc3b264f441b99e7c53/";
    private static final String REFT = "lqtrung1998/mwp_ReFT/bdc844e02e5c783d4361d7777f4ad486e7e116da/data/";

    /** The files that can be fetched. MathQA's authors publish it as one archive only, whose content has no checksum here. */
    public static final List<PublishedFile> KNOWN = List.of(
            github("gsm8k-train", GSM8K + "train.jsonl", "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465", 4166206,
                    "MIT"),
            github("gsm8k-test", GSM8K + "test.jsonl", "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14", 749738, "MIT"),
            github("svamp", SVAMP + "SVAMP.json", "5be77703a6d891ae476d7c082787ad361392aa02453b132516cdd5f4e7934e3e", 339970, "MIT"),
            github("reft-svamp-python", REFT + "svamp_python_sdp.json", "09936759f652750064b1cb0dc81bce893f0b3e4a21e81d63d5cf738e0a379c3c",
                    1849934, "Apache-2.0"),
            github("reft-svamp-nl", REFT + "svamp_nl.json", "12e9ee172f08987112244dc95a03877353874b24ff3b8481eab675123b8fdd9d", 1881012,
                    "Apache-2.0"),
            github("reft-svamp-test", REFT + "svamp_test_set.json", "baba23c85982adad6b7f6a9d6c6cf3b82c4135364a5ac36b8447add90f783d85",
                    250243, "Apache-2.0"),
            github("reft-gsm8k-test", REFT + "gsm8k_test_set.json", "0f2e17554946d235d2c0cdf9343bb9d3319007bba9596e0665d4f8b341f57016",
                    425309, "Apache-2.0"),
            github("reft-mathqa-test", REFT + "mathqa_test_set.json", "0bcd2eaceeb419e6d9ce55aa20f064e92f3ce9fcf7725bfc5a0bf320769cd8bc",
                    503496, "Apache-2.0"),
            github("reft-mathqa-numeric-test", REFT + "mathqa-numeric_test_set.json",
                    "7106aa5810115db4d2767a87753fa549fb870e69a517136b5f690c434072f421", 433111,
                    "Apache-2.0"));

    private static PublishedFile github(String name, String path, String sha256, long bytes, String licence) {
        return new PublishedFile(name, URI.create("https://raw.githubusercontent.com/" + path), sha256, bytes, licence);
    }

    /** The source of that name. */
    public static PublishedFile named(String name) {
        return KNOWN.stream().filter(s -> s.name.equals(name)).findFirst().orElseThrow(() -> new InputError(
                "there is no source \"%s\"; known are %s", name, String.join(", ", KNOWN.stream().map(PublishedFile::name).toList())));
    }

    /** What the file is called here: the source's name with the ending that the published file has. */
    public String fileName() {
        return name + uri.getPath().substring(uri.getPath().lastIndexOf('.'));
    }

    /** The same file from another place. */
    public PublishedFile at(URI other) {
        return new PublishedFile(name, other, sha256, bytes, licence);
    }
}
