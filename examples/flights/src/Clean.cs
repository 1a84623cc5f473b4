namespace Flights;

/// <summary>
/// Cleans one month: a row that repeats another in every column is dropped, and so is one that would have arrived more than
/// two hours early. Writes the month's flights (<c>clean.parquet</c>), what was dropped (<c>quality.parquet</c>), and how
/// late flights were that left after a very late one (<c>echo.parquet</c>, see <see cref="Echo"/>).
/// </summary>
internal sealed class Clean(Places places, Options options)
{
    private readonly string month = options.Text("month");

    public void Run()
    {
        using var echo = new Echo(CleanMonth());
        Console.WriteLine($"{month}: {echo.Pairs:N0} pairs of a late flight and one that left after it");

        using var db = places.Open();
        db.Execute("CREATE TABLE echo (month VARCHAR, hour BIGINT, flights BIGINT, median DOUBLE, mean DOUBLE)");
        foreach (var hour in echo.Hours())
            db.Execute($"INSERT INTO echo VALUES ({Database.Quote(month)}, {hour.Hour}, {hour.Flights}, {hour.Median:R}, {hour.Mean:R})");
        db.Execute($"COPY (FROM echo ORDER BY hour) TO {places.Output("echo.parquet")} (FORMAT parquet)");
    }

    private Flight[] CleanMonth()
    {
        using var db = places.Open();
        db.Execute($"CREATE VIEW month AS SELECT * FROM {places.Input("raw")} WHERE strftime(day, '%Y-%m') = {Database.Quote(month)}");
        db.Execute($"""
            COPY (
              SELECT DISTINCT day, departure, delay, distance, origin, destination FROM month WHERE delay >= -120
              ORDER BY origin, departure, destination, delay
            ) TO {places.Output("clean.parquet")} (FORMAT parquet, COMPRESSION zstd)
            """);
        var clean = places.Output("clean.parquet");

        var rows = db.Number("SELECT count(*) FROM month");
        var early = db.Number("SELECT count(*) FROM month WHERE delay < -120");
        var kept = db.Number($"SELECT count(*) FROM {clean}");
        if (kept == 0)
            throw new FlightsException($"There is no flight in {month}.");
        db.Execute($"""
            COPY (SELECT {Database.Quote(month)} AS month, {rows}::BIGINT AS rows, {kept}::BIGINT AS kept,
                         {rows - early - kept}::BIGINT AS repeated, {early}::BIGINT AS too_early)
            TO {places.Output("quality.parquet")} (FORMAT parquet)
            """);
        Console.WriteLine($"{month}: {rows:N0} rows, {rows - early - kept:N0} repeated and {early:N0} implausible ones dropped");

        // Airports as numbers: half a million texts would be garbage at once.
        db.Execute($"CREATE TABLE airports AS SELECT origin, row_number() OVER (ORDER BY origin) AS id FROM (SELECT DISTINCT origin FROM {clean})");
        var flights = new Flight[kept];
        var next = 0;
        db.Each($"SELECT day::TIMESTAMP, departure, delay::BIGINT, id FROM {clean} JOIN airports USING (origin) ORDER BY id, departure",
            row => flights[next++] = new Flight(DateOnly.FromDateTime(row.Time(0)), row.Time(1), row.Int(3), row.Int(2)));
        return flights;
    }
}

/// <summary>A flight as the echo needs it: the day and time it left, from where, and how late it arrived, in minutes.</summary>
internal readonly record struct Flight(DateOnly Day, DateTime Departure, int Airport, int Delay);
