using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Slipway.Client;
using Slipway.Fuzzing.Running;
using Slipway.Testing;

namespace Slipway.Bench.Fuzz;

/// <summary>A run in ten parts. After each, what the fuzzer has left is removed, and what the server holds is measured.</summary>
internal static class LongRun
{
    private const int Parts = 10;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Runs and prints; whether all was as it must be.</summary>
    public static async Task<bool> RunAsync(int requests, int workers, int first, TimeProvider clock, CancellationToken cancellation)
    {
        var directory = Directory.CreateTempSubdirectory("slipway-fuzz-").FullName;
        try
        {
            var pki = ProcessPki.Create(directory);
            await using var server = await ServerProcess.StartAsync(directory);
            using var client = X509Certificate2.CreateFromPemFile(pki.Client.Certificate, pki.Client.Key);
            using var authority = X509CertificateLoader.LoadCertificateFromFile(pki.Authority);
            using var api = new HttpsApi(new KubeconfigContext
            {
                Name = "fuzz",
                Server = $"https://{server.Address}",
                CertificateAuthority = authority.ExportCertificatePem(),
                ClientCertificate = await File.ReadAllTextAsync(pki.Client.Certificate, cancellation),
                ClientKey = await File.ReadAllTextAsync(pki.Client.Key, cancellation),
            });
            var control = new ControlClient(api, clock);
            await control.SetUpAsync();
            var stage = new Stage(api);
            await stage.SetUpAsync(cancellation);

            var run = new FuzzRun(new FuzzTarget(server.Address, authority, client), clock, Deadline);
            var tally = new Tally();
            var parts = new List<Held>();
            Console.WriteLine("| part | requests/s | stored, then removed | objects left | heap MB | resident MB | threads | files | control p50 / p99 |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
            for (var part = 0; part < Parts; part++)
            {
                using var controlled = new CancellationTokenSource();
                var controls = control.RunAsync(controlled.Token);
                var started = clock.GetTimestamp();
                var fuzzing = run.RunAsync(first + part * (requests / Parts), requests / Parts, workers, tally, cancellation);
                if (await Task.WhenAny(fuzzing, controls) == controls) await controls;
                await fuzzing;
                var took = clock.GetElapsedTime(started);
                await controlled.CancelAsync();
                await controls;
                var removed = await stage.RestoreAsync(cancellation);
                // What a restore has changed is history for as long as the server keeps any.
                await Task.Delay(TimeSpan.FromSeconds(20), clock, cancellation);
                var held = await server.MeasureAsync();
                parts.Add(held);
                var (median, slow, _) = control.Take();
                var left = await stage.CountAsync(cancellation);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {part + 1} | {requests / Parts / took.TotalSeconds:N0} | {removed:N0} | {left:N0} | {held.Heap / 1e6:F1} | {held.Resident / 1e6:F0} | {held.Threads} | {held.Files} | {median.TotalMilliseconds:F1} / {slow.TotalMilliseconds:F1} ms |"));
            }
            Report(tally);
            return tally.Findings.Count == 0 & !Grows(parts);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool Grows(List<Held> parts)
    {
        var (one, last) = (parts[0], parts[^1]);
        var grows = last.Heap > one.Heap * 1.2 + 10e6 || last.Resident > one.Resident * 1.5 + 50e6 || last.Threads > one.Threads + 20 || last.Files > one.Files + 20;
        Console.WriteLine($"\n{(grows ? "The server GREW" : "The server did not grow")} between the first part and the last.");
        return grows;
    }

    private static void Report(Tally tally)
    {
        Console.WriteLine($"\n{tally.Done:N0} requests. Status 0: the HTTP server ended the connection; -1: bytes that need no answer.\n\n| generator | all | by status |\n|---|---|---|");
        foreach (var generator in tally.Counts.GroupBy(c => c.Key.Generator).OrderBy(g => g.Key))
            Console.WriteLine($"| {generator.Key} | {generator.Sum(c => c.Value):N0} | {string.Join(", ", generator.OrderBy(c => c.Key.Status).Select(c => $"{c.Key.Status}: {c.Value:N0}"))} |");
        Console.WriteLine($"\nTogether: {string.Join(", ", tally.Counts.GroupBy(c => c.Key.Status).OrderBy(g => g.Key).Select(g => $"{g.Key}: {g.Sum(c => c.Value):N0}"))}");
        Console.WriteLine("\nThe slowest:");
        foreach (var (took, item) in tally.Slowest) Console.WriteLine($"  {took.TotalMilliseconds:F0} ms, seed {item.Seed} ({item.Generator})");
        Console.WriteLine($"\n{tally.Findings.Count} faults (at most 200 are kept).");
        foreach (var group in tally.Findings.GroupBy(f => f.Fault)) Console.WriteLine($"\n{group.Count()} times, {group.First()}");
    }
}
