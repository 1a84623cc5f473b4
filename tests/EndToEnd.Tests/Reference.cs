using DuckDB.NET.Data;

namespace EndToEnd.Tests;

/// <summary>DuckDB in the test, directly over files.</summary>
internal sealed class Reference : IDisposable
{
    private readonly DuckDBConnection connection = new("DataSource=:memory:");

    public Reference() => connection.Open();

    /// <summary>
    /// The delays of all routes by the rules that the example's README states, computed from the data set alone, as the table
    /// <c>expected</c>.
    /// </summary>
    public void CreateExpected(string source) => Rows($"""
        CREATE TABLE expected AS
        SELECT origin, destination, count(*) AS flights, avg(delay) AS mean_delay, median(delay) AS median_delay,
               quantile_cont(delay, 0.9) AS p90_delay, count(*) FILTER (delay >= 15) / count(*) AS late_share, min(distance) AS distance_miles
        FROM (SELECT DISTINCT * FROM '{source}' WHERE delay >= -120)
        GROUP BY origin, destination
        """);

    /// <summary>The rows of a query.</summary>
    public IReadOnlyList<object[]> Rows(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }
        return rows;
    }

    /// <summary>The only value of a query, as a whole number.</summary>
    public long Number(string sql) => Convert.ToInt64(Rows(sql)[0][0], System.Globalization.CultureInfo.InvariantCulture);

    public void Dispose() => connection.Dispose();
}
