namespace Flights.Charts;

/// <summary>The mean delay of each day, and its mean over seven days.</summary>
internal static class DailyChart
{
    public static string Draw(IReadOnlyList<Day> days)
    {
        var svg = new Svg(960, 320, "Mean arrival delay of each day in minutes");
        var low = Math.Min(0, days.Min(d => d.MeanDelay));
        var frame = new Frame(svg, 60, 14, 946, 268, 0, days.Count, low, days.Max(d => d.MeanDelay) * 1.04);

        frame.AxisY("mean delay (min)");
        frame.AxisX("day of departure, 2001", days.Index()
            .Where(d => d.Item.Date.Day == 1).Select(d => (d.Index + 0.5, d.Item.Date.ToString("d MMM"))));

        var width = frame.X(1) - frame.X(0);
        foreach (var (i, day) in days.Index())
        {
            var (top, bottom) = (frame.Y(Math.Max(day.MeanDelay, 0)), frame.Y(Math.Min(day.MeanDelay, 0)));
            svg.Rect(frame.X(i) + (width * 0.1), top, width * 0.8, bottom - top, "bar soft",
                $"{day.Date:ddd d MMM yyyy}: {day.MeanDelay:0.0} min on average, {day.Flights:N0} flights");
        }
        if (days.Count >= 7)
            svg.Path(Enumerable.Range(3, days.Count - 6).Select(i => (frame.X(i + 0.5), frame.Y(WeekAround(days, i)))), "curve");
        return svg.ToString();
    }

    private static double WeekAround(IReadOnlyList<Day> days, int middle)
    {
        var week = days.Skip(middle - 3).Take(7).ToList();
        return week.Sum(d => d.MeanDelay * d.Flights) / week.Sum(d => d.Flights);
    }
}
