namespace Flights.Charts;

/// <summary>The airports of the mainland at their places: size by departures, colour by mean delay.</summary>
internal static class AirportMap
{
    public static string Draw(IReadOnlyList<Airport> airports)
    {
        var svg = new Svg(960, 620, "Airports by departures and mean arrival delay of the flights from there");
        var mainland = airports.Where(a => a.Longitude is > -126 and < -66 && a.Latitude is > 24 and < 50).ToList();
        var scale = Heat.Over(mainland.Where(a => a.Flights >= 1000).Select(a => a.MeanDelay));
        var most = Math.Sqrt(airports.Max(a => a.Flights));

        foreach (var airport in mainland)
        {
            var (x, y) = Place(airport);
            svg.Circle(x, y, 2 + (19 * Math.Sqrt(airport.Flights) / most), $"dot {scale.Kind(airport.MeanDelay)}",
                $"{airport.Iata} {airport.City}: {airport.MeanDelay:0.0} min late on average, {airport.Flights:N0} departures");
        }
        foreach (var airport in mainland.Take(16))
        {
            var (x, y) = Place(airport);
            svg.Text(x, y + 4, airport.Iata, "name");
        }
        scale.DrawKey(svg, 20, 575, "mean delay of flights from there (min); area: departures");
        return svg.ToString();
    }

    /// <summary>Albers' conic projection with the parallels that are usual for the USA.</summary>
    private static (double X, double Y) Place(Airport airport)
    {
        const double phi1 = 29.5 * Math.PI / 180, phi2 = 45.5 * Math.PI / 180, phi0 = 37.5 * Math.PI / 180;
        var n = (Math.Sin(phi1) + Math.Sin(phi2)) / 2;
        var c = (Math.Cos(phi1) * Math.Cos(phi1)) + (2 * n * Math.Sin(phi1));
        var theta = n * (airport.Longitude + 96) * Math.PI / 180;
        var rho = Math.Sqrt(c - (2 * n * Math.Sin(airport.Latitude * Math.PI / 180))) / n;
        var rho0 = Math.Sqrt(c - (2 * n * Math.Sin(phi0))) / n;
        return (475 + (1260 * rho * Math.Sin(theta)), 290 - (1260 * (rho0 - (rho * Math.Cos(theta)))));
    }
}
