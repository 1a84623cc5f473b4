using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>How long a command takes that does almost nothing: the program's own start.</summary>
internal static class CommandStart
{
    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        await RunAsync(Repository.Slipway, "`slipway version`, the native program");
        await RunAsync(Repository.File("slipway"), "`./slipway version`, through the script");

        async Task RunAsync(string program, string what)
        {
            var times = new Times();
            for (var i = 0; i < 21; i++)
            {
                var result = (await CommandResult.RunAsync(new(program, ["version"]), TimeSpan.FromMinutes(10))).Expect();
                if (i > 0)   // the first one brings the files into the page cache
                    times.Add(result.Took);
            }
            table.Add(what, times.ToString(), aim: "<= 50 ms");
        }
    }
}
