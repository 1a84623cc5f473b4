using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using Slipway.ApiServer;
using Slipway.Cli;
using Slipway.Cli.Commands;
using Slipway.Client;
using Slipway.Controllers;
using Slipway.Scheduler;
using Slipway.Testing;

namespace Cli.Tests.Why;

/// <summary>
/// What <c>slipway why</c> says of states that occur in life, made in process by the real API server, controllers and scheduler; what only a real node
/// says is recorded in the case. With UPDATE_SNAPSHOTS=1 the texts are written anew, to be reviewed as a diff.
/// </summary>
public sealed partial class WhyTests
{
    // What a state that is written down must have stood for.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public static TheoryData<string> Cases => [.. WhyCase.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_is_said_of_a_broken_state_is_its_golden_text(string name)
    {
        var given = WhyCase.Read(name);
        var node = new RecordingNode(given);
        await using var cluster = await TestCluster.StartAsync(new ApiServerOptions { Nodes = node, ServiceAccounts = true });
        var host = new ControllerHost(cluster.As("system:kube-controller-manager"), cluster.Clock, cluster.Logs);
        BuiltInControllers.Register(host);
        cluster.Run(host.RunAsync);
        cluster.Run(new PodScheduler(cluster.As("system:kube-scheduler"), cluster.Clock, cluster.Logs).RunAsync);
        await node.JoinAsync(cluster);
        await ApplyAsync(cluster, given, node);

        var update = Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1";
        var expected = update ? null : await File.ReadAllTextAsync(given.Expected, TestContext.Current.CancellationToken);
        var said = await SettleAsync(cluster, given, node, expected);
        if (update)
            await File.WriteAllTextAsync(given.Expected, said, TestContext.Current.CancellationToken);
        else
            Assert.Equal(expected, said);
    }

    // Controllers take their time: what is said is waited for, or that it stays as it is.
    private static async Task<string> SettleAsync(TestCluster cluster, WhyCase given, RecordingNode node, string? expected)
    {
        using var timer = new PeriodicTimer(Look);
        var (said, unchanged, waited) = ("", TimeSpan.Zero, TimeSpan.Zero);
        do
        {
            await node.ReportAsync(cluster);
            var now = await AskAsync(cluster, given.Arguments);
            unchanged = now == said ? unchanged + Look : TimeSpan.Zero;
            said = now;
            waited += Look;
        }
        while (said != expected && (expected is not null || unchanged < Settled) && waited < TestCluster.Patience && await timer.WaitForNextTickAsync());
        return said;
    }

    private static async Task ApplyAsync(TestCluster cluster, WhyCase given, RecordingNode node)
    {
        await WaitForAsync(cluster, "/api/v1/namespaces/default/serviceaccounts/default", "metadata");
        foreach (var manifest in given.Manifests)
        {
            var (code, _, error) = await RunAsync(cluster, ["apply", "-f", "-"], DocumentWriter.ToYaml(WhyCase.InTime(manifest, cluster.Clock.GetUtcNow())));
            Assert.True(code == 0, error);
            // What the next one is admitted by: pods need the account that a controller makes, quotas count from their first status on.
            if (manifest.Kind == "Namespace")
                await WaitForAsync(cluster, $"/api/v1/namespaces/{manifest.Name}/serviceaccounts/default", "metadata");
            if (manifest.Kind == "ResourceQuota")
                await WaitForAsync(cluster, PathOf(manifest), "status.hard");
        }
        foreach (var manifest in given.Manifests.Where(manifest => manifest.Object("status") is not null))
            await PatchAsync(cluster, PathOf(manifest), manifest.Object("status")!);
        foreach (var report in given.Reports)
        {
            var path = report.Text("path")!;
            if (report.Object("status") is { } status)
                await PatchAsync(cluster, path, status);
            var about = DocumentReader.ParseJson((await cluster.Admin.SendForBodyAsync(new("GET", path))).Span);
            foreach (var e in report.Objects("events"))
                await RecordingNode.WriteAsync(cluster, about, e);
        }
        foreach (var path in given.Delete)
            await cluster.Admin.SendForBodyAsync(new("DELETE", path));
        var step = TimeSpan.FromSeconds(10);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        while (node.Told < given.Reported && await timer.WaitForNextTickAsync(patience.Token))
            await node.ReportAsync(cluster);
        for (var passed = TimeSpan.Zero; passed < given.Advance && await timer.WaitForNextTickAsync(); passed += step)
        {
            await RecordingNode.BeatAsync(cluster);
            await node.ReportAsync(cluster);
            cluster.Clock.Advance(step);
        }
    }

    private static async Task WaitForAsync(TestCluster cluster, string path, string field)
    {
        using var timer = new PeriodicTimer(Look);
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        while (DocumentReader.ParseJson((await cluster.Admin.SendAsync(new("GET", path), patience.Token)).Body.Span).At(field) is null)
            await timer.WaitForNextTickAsync(patience.Token);
    }

    private static async Task PatchAsync(TestCluster cluster, string path, JsonObject status) =>
        await cluster.PatchAsync($"{path}/status", new JsonObject { ["status"] = WhyCase.InTime(status, cluster.Clock.GetUtcNow()) }.ToJsonString());

    private static string PathOf(JsonObject manifest)
    {
        var root = manifest.ApiVersion.Contains('/') ? $"/apis/{manifest.ApiVersion}" : $"/api/{manifest.ApiVersion}";
        var plural = manifest.Kind switch { "Ingress" => "ingresses", "StorageClass" => "storageclasses", var kind => $"{kind.ToLowerInvariant()}s" };
        return manifest.Kind is "Node" or "PersistentVolume" or "Namespace" or "CustomResourceDefinition" or "APIService"
            ? $"{root}/{plural}/{manifest.Name}"
            : $"{root}/namespaces/{(manifest.Namespace.Length > 0 ? manifest.Namespace : "default")}/{plural}/{manifest.Name}";
    }

    private static async Task<string> AskAsync(TestCluster cluster, string arguments)
    {
        var (code, output, error) = await RunAsync(cluster, ["why", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)], "");
        return $"$ slipway why {arguments}".TrimEnd() + $"\n{Named().Replace(output + error, "-XXXXX")}exit code {code}\n";
    }

    private static async Task<(int ExitCode, string Out, string Error)> RunAsync(TestCluster cluster, string[] arguments, string input)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var context = new CliContext
        {
            In = new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Out = output,
            Error = errors,
            IsTerminal = false,
            Clock = cluster.Clock,
            Connect = _ => new ApiConnection(cluster.Admin, "default"),
        };
        var exitCode = await CommandLineProgram.RunAsync(new RootCommand { ApplyCommand.Create(context), WhyCommand.Create(context) }, arguments, context, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), errors.ToString());
    }

    // The parts of names that differ from run to run: of generated ones, and of pods of a Deployment with the hash of its template.
    [GeneratedRegex(@"(?:-[bcdfghjklmnpqrstvwxz2456789]{6,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9-])|-[bcdfghjklmnpqrstvwxz2456789]{8,10}-?(?![a-z0-9-])")]
    private static partial Regex Named();
}
