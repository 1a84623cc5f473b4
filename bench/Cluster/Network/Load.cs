using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Testing;

namespace Slipway.Bench.Cluster.Network;

/// <summary>Programs of Debian that make load or are compared with.</summary>
internal static partial class Load
{
    private const int Seconds = 5;

    /// <summary>Requests a second over HTTP that <c>wrk</c> gets answered; a failure if one is not.</summary>
    /// <param name="url">The address.</param>
    /// <param name="connections">Connections that are open at the same time.</param>
    /// <param name="before">What runs it, such as <c>ip netns exec NAME</c>.</param>
    public static async Task<double> HttpAsync(string url, int connections, params string[] before)
    {
        string[] words = [.. before, "wrk", "-t", "2", "-c", connections.ToString(CultureInfo.InvariantCulture), "-d", $"{Seconds}s", url];
        var output = (await RunAsync(words)).Out;
        return output.Contains("Non-2xx", StringComparison.Ordinal)
            ? throw new InvalidOperationException($"{url} was not always answered: {output}")
            : double.Parse(RequestsPerSecond().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Queries a second that <c>dnsperf</c> gets answered.</summary>
    /// <param name="server">Address of the server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="names">File with a name and a type in each line.</param>
    public static async Task<double> DnsAsync(string server, int port, string names)
    {
        var output = (await RunAsync("dnsperf", "-s", server, "-p", port.ToString(CultureInfo.InvariantCulture), "-d", names, "-l", $"{Seconds}", "-c", "8", "-q", "100")).Out;
        return output.Contains("NOERROR", StringComparison.Ordinal)
            ? double.Parse(QueriesPerSecond().Match(output).Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{server} did not answer: {output}");
    }

    /// <summary>The median of three rounds of each, in turn, so that all meet the same hour of the machine.</summary>
    public static async Task<double[]> InTurnAsync(params Func<Task<double>>[] measures)
    {
        var rounds = measures.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < 3; round++)
            for (var i = 0; i < measures.Length; i++) rounds[i].Add(await measures[i]());
        return [.. rounds.Select(values => values.Order().ElementAt(1))];
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<CommandResult> RunAsync(params string[] words) =>
        (await CommandResult.RunAsync(new ProcessStartInfo(Require(words[0]), words[1..]), TimeSpan.FromMinutes(2))).Expect();

    /// <summary>Starts a program that runs until it is killed.</summary>
    public static Process Start(params string[] words) =>
        Process.Start(new ProcessStartInfo(Require(words[0]), words[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    /// <summary>A figure and how it relates to another.</summary>
    public static string Compare(double mine, double other, string name) => string.Create(CultureInfo.InvariantCulture, $"{name} {other:N0}: {mine / other:0.00}x");

    private static string Require(string program) => new[] { "/usr/bin", "/usr/sbin", "/bin", "/sbin" }.Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"{program} is missing; run: apt-get install --no-remove --no-install-recommends wrk dnsperf haproxy dnsmasq-base");

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex RequestsPerSecond();

    [GeneratedRegex(@"Queries per second:\s+([\d.]+)")]
    private static partial Regex QueriesPerSecond();
}
