using Flights.Charts;

namespace Flights;

/// <summary>The report as one HTML page: no script, no font, no picture from elsewhere.</summary>
internal static class Page
{
    public static string Of(Figures figures, int minFlights) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Flight delays in the USA</title>
        <style>{Style}</style>
        </head>
        <body>
        <header>
        <h1>Flight delays in the USA</h1>
        <p class="lead">{figures.Days[0].Date:d MMMM yyyy} to {figures.Days[^1].Date:d MMMM yyyy}. Delays are those of the arrival, in minutes; negative is early.</p>
        </header>
        {Tiles(figures)}
        {Section("Day by day", "Each bar is the mean delay of one day's flights, the line its mean over seven days.", DailyChart.Draw(figures.Days))}
        {Section("Through the week", "Delays build up over the day: around midnight leave mostly those that were to leave long before. Hours with fewer than 500 flights are left blank.", WeekChart.Draw(figures.Hours))}
        {Section("Where", "Each dot is an airport of departure on the mainland; the sixteen busiest are named.", AirportMap.Draw(figures.Airports))}
        {Section($"The {figures.Worst.Count} worst routes", $"By mean delay, among the routes with at least {minFlights:N0} flights.", RouteChart.Draw(figures.Worst) + RouteTable(figures.Worst))}
        {Section("The echo of a late flight", $"When a flight is at least {Echo.VeryLate} minutes late, those that leave the same airport after it on that day are late as well, for hours.", EchoChart.Draw(figures.Echo))}
        {Section("All delays", $"Most flights arrive a little early. From {Aggregate.Late} minutes on a flight counts as late.", DelayChart.Draw(figures.Delays))}
        {Section("What was dropped", "Rows that repeat another one in every column, and those that would have arrived more than two hours early.", QualityTable(figures.Quality))}
        <footer>Made by the flow <code>flight-delays</code> from the data set <code>flights-3m.parquet</code> of vega-datasets.</footer>
        </body>
        </html>
        """;

    private static string Tiles(Figures figures)
    {
        (string Value, string Name)[] tiles =
        [
            ($"{figures.Totals.Flights:N0}", "flights"),
            ($"{figures.Totals.Routes:N0}", "routes"),
            ($"{figures.Airports.Count:N0}", "airports"),
            ($"{figures.Totals.MeanDelay:0.0} min", "mean delay"),
            ($"{100 * (1 - figures.Totals.LateShare):0.0} %", $"less than {Aggregate.Late} min late"),
        ];
        return $"<div class=\"tiles\">{string.Concat(tiles.Select(t => $"<div><b>{t.Value}</b><span>{t.Name}</span></div>"))}</div>";
    }

    private static string Section(string title, string text, string content) =>
        $"<section><h2>{Svg.Escape(title)}</h2><p>{Svg.Escape(text)}</p>{content}</section>";

    private static string RouteTable(IReadOnlyList<Route> routes) => Table(
        ["Route", "", "Distance (miles)", "Flights", "Mean (min)", "Median (min)", "90 % below (min)", "Late"], texts: 2,
        routes.Select(r => new[]
        {
            $"{r.From}-{r.To}", $"{r.FromCity} to {r.ToCity}", $"{r.Miles:N0}", $"{r.Flights:N0}",
            $"{r.MeanDelay:0.0}", $"{r.MedianDelay:0.#}", $"{r.P90Delay:0.#}", $"{100 * r.LateShare:0.0} %",
        }));

    private static string QualityTable(IReadOnlyList<Quality> months) => Table(
        ["Month", "Rows", "Repeated", "Implausibly early", "Kept"], texts: 1,
        months.Append(new Quality("all", months.Sum(m => m.Rows), months.Sum(m => m.Kept), months.Sum(m => m.Repeated), months.Sum(m => m.TooEarly)))
            .Select(m => new[] { m.Month, $"{m.Rows:N0}", $"{m.Repeated:N0}", $"{m.TooEarly:N0}", $"{m.Kept:N0}" }));

    /// <param name="texts">How many of the first columns are text; the rest are numbers, set to the right.</param>
    private static string Table(string[] heads, int texts, IEnumerable<string[]> rows)
    {
        string Cells(string[] cells, string element) => string.Concat(cells.Index().Select(c =>
            $"<{element}{(c.Index < texts ? " class=\"text\"" : "")}>{Svg.Escape(c.Item)}</{element}>"));
        return $"<div class=\"scroll\"><table><thead><tr>{Cells(heads, "th")}</tr></thead><tbody>{string.Concat(rows.Select(r => $"<tr>{Cells(r, "td")}</tr>"))}</tbody></table></div>";
    }

    private const string Style = """
        :root{--back:#fbfaf7;--card:#fff;--ink:#1c2128;--soft:#646c78;--line:#e6e2da;--blue:#2f62b0;--pale:#b9cdea;--hot:#cf4d2f;
        --h0:#fdf1e4;--h1:#fbdcbc;--h2:#f6bd8e;--h3:#ec9566;--h4:#d96b46;--h5:#b94630;--h6:#872b24;
        --s0:#3b6fb6;--s1:#2f9488;--s2:#8a6cc0;--s3:#a98417;--s4:#6f7885;--s5:#cf4d2f}
        @media(prefers-color-scheme:dark){:root{--back:#14171c;--card:#1b1f26;--ink:#e9e6e1;--soft:#9aa2ae;--line:#2e343d;--blue:#7ea9ef;--pale:#39547f;--hot:#f0805c;
        --h0:#2c2624;--h1:#4b3129;--h2:#6f3c2e;--h3:#984a34;--h4:#bf5c3d;--h5:#e07b53;--h6:#f8b08c;
        --s0:#7ea9ef;--s1:#5fc4b6;--s2:#b79df0;--s3:#d9b64a;--s4:#9aa2ae;--s5:#f0805c}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:32px 20px 56px;max-width:1040px;background:var(--back);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        h1{font-size:34px;line-height:1.15;margin:0 0 6px;letter-spacing:-.02em}h2{font-size:21px;margin:0 0 2px;letter-spacing:-.01em}
        p{margin:0 0 16px;color:var(--soft);max-width:72ch}.lead{font-size:17px}
        section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:22px 24px;margin-top:20px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-top:20px}
        .tiles div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 18px}
        .tiles b{display:block;font-size:25px;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}.tiles span{color:var(--soft);font-size:14px}
        svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        .grid{stroke:var(--line)}.axis{stroke:var(--soft)}.tick{fill:var(--soft)}.title{fill:var(--soft);font-size:13px}.label{fill:var(--ink);font-size:13px}
        .name{fill:var(--ink);font-size:11px;font-weight:650;paint-order:stroke;stroke:var(--card);stroke-width:3px}
        .bar{fill:var(--blue)}.bar.soft{fill:var(--pale)}.bar.hot{fill:var(--hot)}.mark{stroke:var(--ink);stroke-width:2}
        .curve{fill:none;stroke:var(--blue);stroke-width:2.2;stroke-linejoin:round}.dot{stroke:var(--card);stroke-width:.8}
        .h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}.h6{fill:var(--h6)}
        .curve.s0{stroke:var(--s0)}.curve.s1{stroke:var(--s1)}.curve.s2{stroke:var(--s2)}.curve.s3{stroke:var(--s3)}.curve.s4{stroke:var(--s4)}.curve.s5{stroke:var(--s5)}
        .point.s0,.label.s0{fill:var(--s0)}.point.s1,.label.s1{fill:var(--s1)}.point.s2,.label.s2{fill:var(--s2)}.point.s3,.label.s3{fill:var(--s3)}.point.s4,.label.s4{fill:var(--s4)}.point.s5,.label.s5{fill:var(--s5)}
        rect:hover,circle:hover{stroke:var(--ink);stroke-width:1.5}
        .scroll{overflow-x:auto;margin-top:14px}table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
        th,td{padding:7px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th{color:var(--soft);font-weight:550}.text{text-align:left}
        tbody tr:last-child td{border-bottom:0}code{font-size:.92em}footer{color:var(--soft);font-size:14px;margin-top:24px}
        """;
}
