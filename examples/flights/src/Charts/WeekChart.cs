namespace Flights.Charts;

/// <summary>The mean delay by day of the week and hour of departure, as a field of colours with a scale.</summary>
internal static class WeekChart
{
    private static readonly string[] Weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    public static string Draw(IReadOnlyList<WeekHour> hours)
    {
        const double left = 60, top = 10, cell = 36.5, height = 26;
        var svg = new Svg(960, 300, "Mean arrival delay by weekday and hour of departure");
        // Hours with few flights would set the scale by a handful of long delays.
        var common = hours.Where(h => h.Flights >= 500).ToList();
        var scale = Heat.Over(common.Select(h => h.MeanDelay));

        foreach (var hour in common)
            svg.Rect(left + (hour.Hour * cell) + 1, top + ((hour.Weekday - 1) * height) + 1, cell - 2, height - 2, scale.Kind(hour.MeanDelay),
                $"{Weekdays[hour.Weekday - 1]} {hour.Hour:00}:00-{hour.Hour:00}:59: {hour.MeanDelay:0.0} min on average, {hour.Flights:N0} flights");
        foreach (var (i, day) in Weekdays.Index())
            svg.Text(left - 8, top + (i * height) + 17, day, anchor: "end");
        for (var hour = 0; hour < 24; hour += 2)
            svg.Text(left + ((hour + 0.5) * cell), top + (7 * height) + 16, $"{hour:00}");
        svg.Text(left + (12 * cell), top + (7 * height) + 38, "hour of departure (local time)", "title");
        scale.DrawKey(svg, left, top + (7 * height) + 60, "mean delay (min)");
        return svg.ToString();
    }
}
