namespace Flights.Charts;

/// <summary>The area of a chart inside its axes: places values on it, and draws the grid, ticks and axis titles.</summary>
internal sealed class Frame(Svg svg, double left, double top, double right, double bottom, double minX, double maxX, double minY, double maxY)
{
    public double X(double value) => left + ((value - minX) / (maxX - minX) * (right - left));

    public double Y(double value) => bottom - ((value - minY) / (maxY - minY) * (bottom - top));

    public double Top => top;

    public double Bottom => bottom;

    /// <summary>Horizontal grid lines at round values, with their numbers and the axis' title.</summary>
    public void AxisY(string title, Func<double, string>? format = null)
    {
        foreach (var tick in Ticks(minY, maxY))
        {
            svg.Line(left, Y(tick), right, Y(tick), tick == 0 ? "axis" : "grid");
            svg.Text(left - 8, Y(tick) + 4, format?.Invoke(tick) ?? $"{tick:0.##}", anchor: "end");
        }
        svg.Text(16, (top + bottom) / 2, title, "title", turn: -90);
    }

    /// <summary>The title below the horizontal axis; the ticks differ from chart to chart.</summary>
    public void AxisX(string title, IEnumerable<(double Value, string Text)> ticks)
    {
        foreach (var (value, text) in ticks)
            svg.Text(X(value), bottom + 18, text);
        svg.Text((left + right) / 2, bottom + 40, title, "title");
    }

    /// <summary>About five round numbers between two values: steps of 1, 2 or 5 times a power of ten.</summary>
    public static IEnumerable<double> Ticks(double min, double max)
    {
        var rough = (max - min) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        for (var i = (int)Math.Ceiling(min / step); i * step <= max + (step / 1e6); i++)
            yield return i * step;
    }
}
