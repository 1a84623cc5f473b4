using System.Text.Json.Nodes;

namespace Flights;

/// <summary>
/// Writes the report, one HTML file without anything outside it, and hands over the result: the worst routes as a value
/// (<c>worst.json</c>) and the table of all routes with the names of their cities (<c>routes.parquet</c>).
/// </summary>
internal sealed class Report(Places places, Options options)
{
    private readonly int minFlights = options.Number("min-flights", 180);

    public void Run()
    {
        using var db = places.Open();
        var figures = Figures.Read(db, places, minFlights);

        File.WriteAllText(Path.Combine(places.Out, "report.html"), Page.Of(figures, minFlights));
        File.WriteAllText(Path.Combine(places.Out, "worst.json"), Worst(figures.Worst).ToJsonString());
        db.Execute($"""
            COPY (
              SELECT r.origin, f.city AS origin_city, r.destination, t.city AS destination_city, r.* EXCLUDE (origin, destination)
              FROM {places.Input("routes")} r
              JOIN {places.Input("airports")} f ON f.iata = r.origin JOIN {places.Input("airports")} t ON t.iata = r.destination
              ORDER BY r.mean_delay DESC, r.origin, r.destination
            ) TO {places.Output("routes.parquet")} (FORMAT parquet)
            """);

        Console.WriteLine($"{figures.Totals.Flights:N0} flights on {figures.Totals.Routes:N0} routes, {figures.Totals.MeanDelay:0.00} minutes late on average");
    }

    private static JsonArray Worst(IReadOnlyList<Route> routes) => new([.. routes.Select(route => new JsonObject
    {
        ["route"] = $"{route.From}-{route.To}",
        ["from"] = route.FromCity,
        ["to"] = route.ToCity,
        ["flights"] = route.Flights,
        ["meanDelayMinutes"] = Math.Round(route.MeanDelay, 2),
        ["medianDelayMinutes"] = Math.Round(route.MedianDelay, 1),
        ["latePercent"] = Math.Round(100 * route.LateShare, 1),
    })]);
}
