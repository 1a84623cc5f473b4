using System.Diagnostics;
using System.Globalization;
using Flights;

// flights ingest|clean|aggregate|report [--option value]...
// Each command is a task of flow.yaml: it reads /in, writes /out, says on stdout what it did and ends with 0.

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    if (args.Length == 0)
        throw new FlightsException("Which command? One of ingest, clean, aggregate, report.");

    var started = Stopwatch.GetTimestamp();
    var options = Options.Parse(args.AsSpan(1));
    var places = Places.From(options);
    Action run = args[0] switch
    {
        "ingest" => new Ingest(places, options).Run,
        "clean" => new Clean(places, options).Run,
        "aggregate" => new Aggregate(places).Run,
        "report" => new Report(places, options).Run,
        _ => throw new FlightsException($"The command '{args[0]}' is not known: use ingest, clean, aggregate or report."),
    };
    options.RefuseUnused();
    run();
    Console.WriteLine($"done in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
    return 0;
}
catch (FlightsException failure)
{
    Console.Error.WriteLine($"flights: {failure.Message}");
    return 1;
}
