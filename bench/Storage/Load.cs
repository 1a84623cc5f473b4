using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Slipway.Bench.Storage;

/// <summary>What one run showed.</summary>
/// <param name="CreatesPerSecond">Durable creates.</param>
/// <param name="Median">Time of one create.</param>
/// <param name="Slowest1Percent">The 99th percentile of it.</param>
internal sealed record Figures(double CreatesPerSecond, TimeSpan Median, TimeSpan Slowest1Percent);

/// <summary>Clients that each create one document after the other.</summary>
internal static class Load
{
    private const string Prefix = "/registry/core/pods/default/";

    /// <summary>Documents of about 1.2 KB, like a small pod as it is stored.</summary>
    private const int DocumentBytes = 1200;

    /// <summary>Measures creates for a while, after a warm-up, and checks that all of them are there.</summary>
    public static async Task<Figures> RunAsync(Subject subject, int clients, TimeSpan warmUp, TimeSpan duration, CancellationToken cancellation)
    {
        var created = await CreateAsync(subject, "warm", clients, warmUp, cancellation);
        var started = Stopwatch.GetTimestamp();
        var measured = await CreateAsync(subject, "bench", clients, duration, cancellation);
        var elapsed = Stopwatch.GetElapsedTime(started);

        var stored = await subject.CountAsync(Prefix, cancellation);
        if (stored != created.Count + measured.Count)
            throw new InvalidOperationException($"{created.Count + measured.Count} documents were created, but {stored} are there");

        measured.Sort();
        return new Figures(measured.Count / elapsed.TotalSeconds, measured[measured.Count / 2], measured[measured.Count * 99 / 100]);
    }

    private static async Task<List<TimeSpan>> CreateAsync(Subject subject, string name, int clients, TimeSpan duration, CancellationToken cancellation)
    {
        var times = new ConcurrentBag<List<TimeSpan>>();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            var mine = new List<TimeSpan>();
            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                // Names end in random letters, as those of pods do, so that neither store sees only ascending keys.
                var pod = $"{name}-{random.Next():x8}-{client:d3}{mine.Count:d6}";
                var document = Document(pod);
                var begun = Stopwatch.GetTimestamp();
                await subject.CreateAsync(Prefix + pod, document, cancellation);
                mine.Add(Stopwatch.GetElapsedTime(begun));
            }
            times.Add(mine);
        }, cancellation)));
        return [.. times.SelectMany(mine => mine)];
    }

    private static byte[] Document(string pod)
    {
        var start = $$$"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{pod}}}","namespace":"default","labels":{"app":"bench"}},"spec":{"containers":[{"name":"main","image":"registry.local/bench:1","args":["
            """;
        return Encoding.UTF8.GetBytes(start.PadRight(DocumentBytes - 7, 'x') + "\"]}]}}");
    }
}
