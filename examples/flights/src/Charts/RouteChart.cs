namespace Flights.Charts;

/// <summary>The worst routes: mean delay as a bar, median and 90th percentile as marks.</summary>
internal static class RouteChart
{
    public static string Draw(IReadOnlyList<Route> routes)
    {
        const double row = 30;
        var height = 20 + (routes.Count * row);
        var svg = new Svg(960, (int)height + 60, "The routes with the longest mean delay");
        var frame = new Frame(svg, 300, 10, 930, height, 0, routes.Max(r => r.P90Delay) * 1.04, 0, 1);

        var ticks = Frame.Ticks(0, routes.Max(r => r.P90Delay) * 1.04).ToList();
        foreach (var tick in ticks)
            svg.Line(frame.X(tick), 10, frame.X(tick), height, tick == 0 ? "axis" : "grid");
        frame.AxisX("arrival delay (min): bar: mean, line: median, dot: nine of ten flights had less", ticks.Select(t => (t, $"{t:0}")));

        foreach (var (i, route) in routes.Index())
        {
            var y = 16 + (i * row);
            svg.Text(290, y + 14, $"{route.FromCity} to {route.ToCity}", "label", "end");
            svg.Rect(frame.X(0), y, frame.X(route.MeanDelay) - frame.X(0), 19, "bar",
                $"{route.From}-{route.To}: mean {route.MeanDelay:0.0} min, median {route.MedianDelay:0.#} min, 90 % below {route.P90Delay:0} min, {route.Flights:N0} flights");
            svg.Line(frame.X(route.MedianDelay), y - 2, frame.X(route.MedianDelay), y + 21, "mark");
            svg.Circle(frame.X(route.P90Delay), y + 9.5, 4, "bar hot");
        }
        return svg.ToString();
    }
}
