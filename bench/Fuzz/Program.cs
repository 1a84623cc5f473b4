using System.Globalization;
using Slipway.Bench.Fuzz;
using Slipway.Fuzzing;

// The long run of the fuzzer: malformed requests over HTTPS to a server in a process of its own, over SQLite, with
// controllers. Nothing may be answered with a 5xx that is not Kubernetes' own, hang, or make the server grow.
// Arguments: requests (default 1,000,000), requests at the same time (default 24), first seed (default 1).
// "show SEED..." instead prints what the seeds send; "serve DIRECTORY" is the server, which this program starts itself.
if (args is ["serve", var directory])
{
    await FuzzedServer.RunAsync(directory, TimeProvider.System);
    return 0;
}
if (args is ["show", .. var seeds])
{
    foreach (var seed in seeds) Console.WriteLine(FuzzCases.Of(Number(seed)));
    return 0;
}

return await LongRun.RunAsync(args.Length > 0 ? Number(args[0]) : 1_000_000, args.Length > 1 ? Number(args[1]) : 24, args.Length > 2 ? Number(args[2]) : 1, TimeProvider.System, CancellationToken.None) ? 0 : 1;

static int Number(string text) => int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
