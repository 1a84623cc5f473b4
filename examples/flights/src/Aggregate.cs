namespace Flights;

/// <summary>
/// Sums the clean months up: by route (<c>routes.parquet</c>, the result), by airport, by day, by hour of the week and by
/// delay.
/// </summary>
internal sealed class Aggregate(Places places)
{
    /// <summary>A flight is late from this many minutes on, as the US Department of Transportation counts.</summary>
    public const int Late = 15;

    public void Run()
    {
        using var db = places.Open(share: 0.8);
        db.Execute($"CREATE VIEW flights AS SELECT * FROM {places.Input("months")}");

        Write(db, "routes", $"""
            SELECT origin, destination, any_value(distance)::BIGINT AS distance_miles, count(*)::BIGINT AS flights,
                   avg(delay) AS mean_delay, median(delay)::DOUBLE AS median_delay, quantile_cont(delay, 0.9)::DOUBLE AS p90_delay,
                   avg(CASE WHEN delay >= {Late} THEN 1.0 ELSE 0.0 END)::DOUBLE AS late_share
            FROM flights GROUP BY origin, destination ORDER BY mean_delay DESC, origin, destination
            """);
        Write(db, "airports", $"""
            SELECT iata, coalesce(city, name) AS city, state, latitude::DOUBLE AS latitude, longitude::DOUBLE AS longitude, flights, mean_delay
            FROM (SELECT origin AS iata, count(*)::BIGINT AS flights, avg(delay) AS mean_delay FROM flights GROUP BY origin)
            JOIN read_csv({places.Source("airports.csv")}, all_varchar = true) USING (iata) ORDER BY flights DESC, iata
            """);
        Write(db, "days", "SELECT day, count(*)::BIGINT AS flights, avg(delay) AS mean_delay FROM flights GROUP BY day ORDER BY day");
        Write(db, "hours", """
            SELECT isodow(day)::BIGINT AS weekday, hour(departure - INTERVAL 1 MINUTE)::BIGINT AS hour, count(*)::BIGINT AS flights, avg(delay) AS mean_delay
            FROM flights GROUP BY ALL ORDER BY weekday, hour
            """);
        Write(db, "delays", """
            SELECT (floor(least(greatest(delay, -60), 180) / 5.0) * 5)::BIGINT AS from_minutes, count(*)::BIGINT AS flights
            FROM flights GROUP BY ALL ORDER BY from_minutes
            """);
    }

    private void Write(Database db, string name, string query)
    {
        db.Execute($"COPY ({query}) TO {places.Output($"{name}.parquet")} (FORMAT parquet)");
        Console.WriteLine($"{name}: {db.Number($"SELECT count(*) FROM {places.Output($"{name}.parquet")}"):N0} rows");
    }
}
