namespace Flights.Charts;

/// <summary>The mean delay of the flights that leave an airport after a very late one, by hours since then: a curve a month.</summary>
internal static class EchoChart
{
    public static string Draw(IReadOnlyList<EchoPoint> echo)
    {
        var svg = new Svg(960, 340, "Mean delay of flights after a very late one, by hours since then");
        var frame = new Frame(svg, 60, 14, 850, 288, 0, 12, 0, echo.Max(e => e.Mean) * 1.05);
        frame.AxisY("mean delay (min)");
        frame.AxisX("hours after the very late flight left", Enumerable.Range(0, 13).Select(h => ((double)h, $"{h}")));

        var labels = new List<(double Y, string Text, string Kind)>();
        foreach (var (i, month) in echo.GroupBy(e => e.Month).Index())
        {
            var kind = $"s{i % 6}";
            svg.Path(month.Select(e => (frame.X(e.Hour + 0.5), frame.Y(e.Mean))), $"curve {kind}");
            foreach (var point in month)
                svg.Circle(frame.X(point.Hour + 0.5), frame.Y(point.Mean), 3, $"point {kind}",
                    $"{Name(point.Month)}, {point.Hour} to {point.Hour + 1} h: mean {point.Mean:0.0} min, median {point.Median:0.#} min, {point.Flights:N0} pairs");
            labels.Add((frame.Y(month.Last().Mean), Name(month.Key), kind));
        }
        var lowest = double.MinValue;
        foreach (var (y, text, kind) in labels.OrderBy(l => l.Y))
            svg.Text(846, lowest = Math.Max(y + 4, lowest + 15), text, $"label {kind}", "start");
        return svg.ToString();
    }

    private static string Name(string month) => DateOnly.ParseExact($"{month}-01", "yyyy-MM-dd").ToString("MMM yyyy");
}
