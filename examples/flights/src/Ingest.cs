using System.Text.Json.Nodes;

namespace Flights;

/// <summary>
/// Reads the data set, refuses it if it is not what the other tasks rely on, and writes the flights since a date
/// (<c>raw.parquet</c>) and their months (<c>months.json</c>, for the task that runs once a month).
/// </summary>
/// <remarks>
/// A departure in the source is the actual one, in local time; most are not at a multiple of five minutes. Its first minute of
/// a day is 00:01, its last is 24:00, written as 00:00 of the next day, so that a flight belongs to the day of the minute
/// before it.
/// </remarks>
internal sealed class Ingest(Places places, Options options)
{
    private static readonly (string Name, string Type)[] Expected =
        [("date", "TIMESTAMP"), ("delay", "BIGINT"), ("distance", "BIGINT"), ("origin", "VARCHAR"), ("destination", "VARCHAR")];

    private readonly DateOnly since = options.Date("since", "2001-01-01");

    public void Run()
    {
        using var db = places.Open();
        var source = places.Source("flights-3m.parquet");

        RefuseOtherColumns(db, source);
        RefuseImpossibleRows(db, source);

        db.Execute($"""
            COPY (
              SELECT CAST(date - INTERVAL 1 MINUTE AS DATE) AS day, date AS departure,
                     CAST(delay AS INTEGER) AS delay, CAST(distance AS INTEGER) AS distance, origin, destination
              FROM {source}
              WHERE date > TIMESTAMP '{since:yyyy-MM-dd}'
            ) TO {places.Output("raw.parquet")} (FORMAT parquet, COMPRESSION zstd)
            """);

        var months = db.Rows($"SELECT DISTINCT strftime(day, '%Y-%m') AS month FROM {places.Output("raw.parquet")} ORDER BY month", row => row.Text(0));
        if (months.Count == 0)
            throw new FlightsException($"There is no flight since {since:yyyy-MM-dd}: the data set ends with June 2001.");
        File.WriteAllText(Path.Combine(places.Out, "months.json"), new JsonArray([.. months.Select(month => JsonValue.Create(month))]).ToJsonString());

        var flights = db.Number($"SELECT count(*) FROM {places.Output("raw.parquet")}");
        Console.WriteLine($"{flights:N0} flights since {since:yyyy-MM-dd}, in {months.Count} months: {string.Join(", ", months)}");
    }

    private static void RefuseOtherColumns(Database db, string source)
    {
        var columns = db.Rows($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {source})", row => (row.Text(0), row.Text(1)));
        if (!columns.SequenceEqual(Expected))
            throw new FlightsException($"The data set has the columns {Show(columns)}; expected are {Show(Expected)}.");

        static string Show(IEnumerable<(string Name, string Type)> columns) => string.Join(", ", columns.Select(c => $"{c.Name} {c.Type}"));
    }

    private void RefuseImpossibleRows(Database db, string source)
    {
        db.Execute($"CREATE TABLE airports AS SELECT iata FROM read_csv({places.Source("airports.csv")}, all_varchar = true)");
        string[] rules =
        [
            "every column has a value", "date IS NULL OR delay IS NULL OR distance IS NULL OR origin IS NULL OR destination IS NULL",
            "a flight ends elsewhere", "origin = destination",
            "the distance is between 10 and 10,000 miles", "distance NOT BETWEEN 10 AND 10000",
            "the airports are listed", "origin NOT IN (SELECT iata FROM airports) OR destination NOT IN (SELECT iata FROM airports)",
        ];
        foreach (var rule in rules.Chunk(2))
        {
            var broken = db.Number($"SELECT count(*) FROM {source} WHERE {rule[1]}");
            Console.WriteLine($"checked that {rule[0]}: {(broken == 0 ? "holds" : $"{broken:N0} rows break it")}");
            if (broken > 0)
                throw new FlightsException($"{broken:N0} rows of the data set break the rule that {rule[0]}.");
        }
    }
}
