namespace Flights;

/// <summary>What the report shows, read from the results of the other tasks. Delays are in minutes.</summary>
internal sealed record Figures(
    Totals Totals,
    IReadOnlyList<Route> Worst,
    IReadOnlyList<Airport> Airports,
    IReadOnlyList<Day> Days,
    IReadOnlyList<WeekHour> Hours,
    IReadOnlyList<DelayBin> Delays,
    IReadOnlyList<EchoPoint> Echo,
    IReadOnlyList<Quality> Quality)
{
    /// <param name="db">Where to read with.</param>
    /// <param name="places">Where the inputs are.</param>
    /// <param name="minFlights">Routes with fewer flights are too rare to rank.</param>
    public static Figures Read(Database db, Places places, int minFlights) => new(
        db.Rows($"""
            SELECT sum(flights)::BIGINT, sum(flights * mean_delay) / sum(flights), sum(flights * late_share) / sum(flights), count(*)::BIGINT
            FROM {places.Input("routes")}
            """,
            r => new Totals(r.Long(0), r.Double(1), r.Double(2), r.Long(3)))[0],
        db.Rows($"""
            SELECT origin, destination, f.city, t.city, distance_miles, r.flights, r.mean_delay, median_delay, p90_delay, late_share
            FROM {places.Input("routes")} r
            JOIN {places.Input("airports")} f ON f.iata = origin JOIN {places.Input("airports")} t ON t.iata = destination
            WHERE r.flights >= {minFlights} ORDER BY r.mean_delay DESC, origin, destination LIMIT 10
            """,
            r => new Route(r.Text(0), r.Text(1), r.Text(2), r.Text(3), r.Long(4), r.Long(5), r.Double(6), r.Double(7), r.Double(8), r.Double(9))),
        db.Rows($"SELECT iata, city, latitude, longitude, flights, mean_delay FROM {places.Input("airports")} ORDER BY flights DESC, iata",
            r => new Airport(r.Text(0), r.Text(1), r.Double(2), r.Double(3), r.Long(4), r.Double(5))),
        db.Rows($"SELECT day::TIMESTAMP, flights, mean_delay FROM {places.Input("days")} ORDER BY day",
            r => new Day(DateOnly.FromDateTime(r.Time(0)), r.Long(1), r.Double(2))),
        db.Rows($"SELECT weekday, hour, flights, mean_delay FROM {places.Input("hours")} ORDER BY weekday, hour",
            r => new WeekHour(r.Int(0), r.Int(1), r.Long(2), r.Double(3))),
        db.Rows($"SELECT from_minutes, flights FROM {places.Input("delays")} ORDER BY from_minutes",
            r => new DelayBin(r.Int(0), r.Long(1))),
        db.Rows($"SELECT month, hour, flights, median, mean FROM {places.Input("echoes")} WHERE hour < 12 ORDER BY month, hour",
            r => new EchoPoint(r.Text(0), r.Int(1), r.Long(2), r.Double(3), r.Double(4))),
        db.Rows($"SELECT month, rows, kept, repeated, too_early FROM {places.Input("quality")} ORDER BY month",
            r => new Quality(r.Text(0), r.Long(1), r.Long(2), r.Long(3), r.Long(4))));
}

internal sealed record Totals(long Flights, double MeanDelay, double LateShare, long Routes);

internal sealed record Route(
    string From, string To, string FromCity, string ToCity, long Miles, long Flights,
    double MeanDelay, double MedianDelay, double P90Delay, double LateShare);

internal sealed record Airport(string Iata, string City, double Latitude, double Longitude, long Flights, double MeanDelay);

internal sealed record Day(DateOnly Date, long Flights, double MeanDelay);

/// <param name="Weekday">1 for Monday to 7 for Sunday.</param>
internal sealed record WeekHour(int Weekday, int Hour, long Flights, double MeanDelay);

/// <param name="From">The bin holds delays from here to five minutes more; the first and last hold all beyond.</param>
internal sealed record DelayBin(int From, long Flights);

internal sealed record EchoPoint(string Month, int Hour, long Flights, double Median, double Mean);

/// <summary>What cleaning dropped from a month.</summary>
internal sealed record Quality(string Month, long Rows, long Kept, long Repeated, long TooEarly);
