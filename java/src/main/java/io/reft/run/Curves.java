package io.reft.run;

import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
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

    private Curves() {}

    /**
     * Draws curves over a common axis.
     *
     * @param png    the file, overwritten if it exists
     * @param xLabel what stands below the horizontal axis
     * @param yLabel what stands beside the vertical one
     */
    public static void draw(Path png, String title, String xLabel, String yLabel, List<Series> curves) {
        XYChart chart = new XYChartBuilder().width(1000).height(600).title(title).xAxisTitle(xLabel).yAxisTitle(yLabel).build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideS).setLegendBorderColor(Color.WHITE)
                .setChartBackgroundColor(Color.WHITE).setPlotBorderVisible(false);
        for (Series curve : curves) {
            chart.addSeries(curve.name(), curve.x(), curve.y()).setMarker(SeriesMarkers.NONE);
        }
        try {
            BitmapEncoder.saveBitmap(chart, png.toString(), BitmapFormat.PNG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
