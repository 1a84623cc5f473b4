namespace Flights.Charts;

/// <summary>Seven colours over a range of delays.</summary>
internal sealed record Heat(double Min, double Max)
{
    private const int Steps = 7;

    /// <summary>A range without the outermost tenth at each end: a few extremes would leave the rest in one colour.</summary>
    public static Heat Over(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? new Heat(0, 1) : new Heat(sorted[sorted.Count / 10], sorted[^((sorted.Count / 10) + 1)]);
    }

    public string Kind(double value) => $"h{Math.Clamp((int)((value - Min) / Math.Max(Max - Min, 1e-9) * Steps), 0, Steps - 1)}";

    /// <summary>The colours with the delays at which they change; the outermost have no end.</summary>
    public void DrawKey(Svg svg, double x, double y, string title)
    {
        const double width = 44;
        for (var i = 0; i < Steps; i++)
            svg.Rect(x + (i * width), y, width - 2, 10, $"h{i}");
        for (var i = 1; i < Steps; i++)
            svg.Text(x + (i * width) - 1, y + 25, $"{Min + ((Max - Min) * i / Steps):0.#}");
        svg.Text(x + (Steps * width) + 24, y + 10, title, "title", "start");
    }
}
