using System.Globalization;
using System.Text;

namespace Slipway.Bench.Cluster;

/// <summary>The results, as a Markdown table.</summary>
internal sealed class ResultTable
{
    private readonly List<(string What, string Reached, string Peer, string Aim)> rows = [];

    /// <param name="what">What was measured.</param>
    /// <param name="reached">The figure with its unit.</param>
    /// <param name="peer">The same of what it is compared with, and the ratio.</param>
    /// <param name="aim">What is to be reached.</param>
    public void Add(string what, string reached, string peer = "", string aim = "")
    {
        rows.Add((what, reached, peer, aim));
        Console.Error.WriteLine($"{what}: {reached}{(peer.Length > 0 ? $"; {peer}" : "")}");
    }

    public override string ToString()
    {
        var text = new StringBuilder("| what | reached | compared with | aim |\n|---|---|---|---|\n");
        foreach (var (what, reached, peer, aim) in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {what} | {reached} | {peer} | {aim} |\n");
        return text.ToString();
    }
}

/// <summary>Times of the same thing, done several times.</summary>
internal sealed class Times
{
    private readonly List<double> milliseconds = [];

    public double Median => Percentile(0.5);

    public void Add(TimeSpan time) => milliseconds.Add(time.TotalMilliseconds);

    /// <summary>The time, in milliseconds, within which a share of all were done.</summary>
    public double Percentile(double share) => milliseconds.Order().ElementAt((int)Math.Min(milliseconds.Count * share, milliseconds.Count - 1));

    /// <summary>Median and 99th percentile.</summary>
    public string Percentiles => string.Create(CultureInfo.InvariantCulture, $"{Percentile(0.5):0.00} / {Percentile(0.99):0.00} ms");

    /// <summary>Measures calls one after the other, in turn, so that both meet the same hour of the machine.</summary>
    public static async Task<(Times Mine, Times Peer)> InTurnAsync(int count, Func<int, Task> mine, Func<int, Task> peer)
    {
        var (first, second) = (new Times(), new Times());
        for (var i = 0; i < count; i++)
        {
            first.Add(await TimeAsync(mine, i));
            second.Add(await TimeAsync(peer, i));
        }
        return (first, second);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Median:0} ms (median of {milliseconds.Count}; {milliseconds.Min():0} to {milliseconds.Max():0})");

    private static async Task<TimeSpan> TimeAsync(Func<int, Task> call, int i)
    {
        var began = TimeProvider.System.GetTimestamp();
        await call(i);
        return TimeProvider.System.GetElapsedTime(began);
    }
}
