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

    public double Median => milliseconds.Order().ElementAt(milliseconds.Count / 2);

    public void Add(TimeSpan time) => milliseconds.Add(time.TotalMilliseconds);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Median:0} ms (median of {milliseconds.Count}; {milliseconds.Min():0} to {milliseconds.Max():0})");
}
