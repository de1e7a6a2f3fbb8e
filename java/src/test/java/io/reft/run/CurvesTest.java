package io.reft.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurvesTest {
    @Test
    void drawsAPng(@TempDir Path folder) throws IOException {
        Path png = folder.resolve("curves.png");
        double[] x = {0, 1, 2, 3};
        Curves.draw(png, "Accuracy", "epoch", "percent", List.of(
                new Curves.Series("SFT", x, new double[] {30, 40, 42, 43}),
                new Curves.Series("ReFT", x, new double[] {30, Double.NaN, 55, 61})));
        BufferedImage image = ImageIO.read(png.toFile());
        assertEquals(1000, image.getWidth());
        assertTrue(IntStream.range(0, 1000 * 600).mapToLong(i -> image.getRGB(i % 1000, i / 1000)).distinct().count() > 10,
                "something is drawn");
    }
}
