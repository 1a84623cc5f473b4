namespace Flights.Charts;

/// <summary>How many flights had which delay, in steps of five minutes.</summary>
internal static class DelayChart
{
    public static string Draw(IReadOnlyList<DelayBin> bins)
    {
        var svg = new Svg(960, 300, "Number of flights by arrival delay");
        var frame = new Frame(svg, 76, 14, 946, 248, -60, 185, 0, bins.Max(b => b.Flights) / 1000.0 * 1.05);
        frame.AxisY("flights (thousands)");
        frame.AxisX("arrival delay (min); the bars at both ends hold all beyond",
            Enumerable.Range(-2, 9).Select(i => (i * 30.0, $"{i * 30}")));
        foreach (var bin in bins)
        {
            var y = frame.Y(bin.Flights / 1000.0);
            svg.Rect(frame.X(bin.From) + 1, y, frame.X(bin.From + 5) - frame.X(bin.From) - 2, frame.Bottom - y, bin.From >= Aggregate.Late ? "bar hot" : "bar",
                $"{bin.From} to {bin.From + 4} min: {bin.Flights:N0} flights");
        }
        return svg.ToString();
    }
}
