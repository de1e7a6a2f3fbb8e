package io.reft.run;

import io.reft.checkpoint.DurableFiles;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws curves to a PNG file, without a display. */
public final class Curves {
    /**
     * One curve.
     *
     * @param name as in the legend
     * @param x    where, as many as {@code y}
     * @param y    values; NaN leaves a gap
     */
    public record Series(String name, double[] x, double[] y) {}

    private static final int WIDTH = 1000;
    private static final int HEIGHT = 600;
    private static final int MARGIN = 40;
    private static final Color[] COLORS = {
            new Color(0x1f77b4), new Color(0xd62728), new Color(0x2ca02c), new Color(0x9467bd), new Color(0xff7f0e), new Color(0x7f7f7f)
    };

    private Curves() {}

    /**
     * Draws curves over a common axis. On a machine without any font (a bare container) it draws them without words.
     *
     * @param png    the file, overwritten if it exists
     * @param xLabel what stands below the horizontal axis
     * @param yLabel what stands beside the vertical one
     */
    public static void draw(Path png, String title, String xLabel, String yLabel, List<Series> curves) {
        BufferedImage image = haveFonts() ? chart(title, xLabel, yLabel, curves) : bare(curves);
        try {
            ImageIO.write(image, "png", png.toFile());
        } catch (IOException e) {
            throw DurableFiles.failed(png, e);
        }
    }

    private static BufferedImage chart(String title, String xLabel, String yLabel, List<Series> curves) {
        XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle(xLabel).yAxisTitle(yLabel).build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS).setLegendLayout(LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE).setChartBackgroundColor(Color.WHITE).setPlotBorderVisible(false)
                .setSeriesColors(COLORS);
        for (Series curve : curves) {
            chart.addSeries(curve.name(), curve.x(), curve.y()).setMarker(SeriesMarkers.NONE);
        }
        return BitmapEncoder.getBufferedImage(chart);
    }

    private static BufferedImage bare(List<Series> curves) {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        pen.setStroke(new BasicStroke(2));
        pen.setColor(Color.WHITE);
        pen.fillRect(0, 0, WIDTH, HEIGHT);
        DoubleSummaryStatistics xs = curves.stream().flatMapToDouble(c -> Arrays.stream(c.x())).summaryStatistics();
        DoubleSummaryStatistics ys = curves.stream().flatMapToDouble(c -> Arrays.stream(c.y())).filter(Double::isFinite)
                .summaryStatistics();
        for (int c = 0; c < curves.size(); c++) {
            pen.setColor(COLORS[c % COLORS.length]);
            Path2D line = new Path2D.Double();
            for (int i = 0; i < curves.get(c).x().length; i++) {
                double x = MARGIN + (WIDTH - 2 * MARGIN) * share(curves.get(c).x()[i], xs);
                double y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share(curves.get(c).y()[i], ys);
                if (Double.isFinite(y)) {
                    if (line.getCurrentPoint() == null || !Double.isFinite(curves.get(c).y()[i - 1])) {
                        line.moveTo(x, y);
                    } else {
                        line.lineTo(x, y);
                    }
                }
            }
            pen.draw(line);
        }
        pen.dispose();
        return image;
    }

    /** Where a value stands in its range, from 0 to 1. */
    private static double share(double value, DoubleSummaryStatistics range) {
        return (value - range.getMin()) / Math.max(range.getMax() - range.getMin(), Double.MIN_NORMAL);
    }

    /** Java says by various exceptions and errors that it finds no font, or not even the library that looks for them. */
    private static boolean haveFonts() {
        try {
            new TextLayout("x", new Font(Font.SANS_SERIF, Font.PLAIN, 12), new FontRenderContext(null, true, true));
            return true;
        } catch (RuntimeException | Error e) {
            return false;
        }
    }
}
