using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary><c>slipway up</c> to node Ready: of a new cluster, and of one that was stopped.</summary>
internal static class Up
{
    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        var (fresh, again) = (new Times(), new Times());
        for (var i = 0; i < 5; i++)
        {
            fresh.Add((await slipway.RunAsync("up")).Expect().Took);
            (await slipway.RunAsync("down")).Expect();
            again.Add((await slipway.RunAsync("up")).Expect().Took);
            (await slipway.RunAsync("delete")).Expect();
        }
        table.Add("`slipway up`, a new cluster, to node Ready", fresh.ToString(), aim: "<= 1 s");
        table.Add("`slipway up`, a stopped cluster, to node Ready", again.ToString(), aim: "<= 1 s");
    }
}
