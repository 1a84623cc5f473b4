using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Flows;

namespace Cli.Tests.Commands;

/// <summary>Commands on a cluster with a ledger, whose records the test writes.</summary>
public abstract class LedgerFixture : CommandFixture, IExtensionApi
{
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-ledger-").FullName;
    private Ledger ledger = null!;
    private ArtifactStore store = null!;

    /// <summary>Where the cluster's artifacts lie.</summary>
    protected ArtifactStore Store => store;

    private LedgerApi api = null!;

    string IExtensionApi.PathPrefix => LedgerApi.PathPrefix;

    protected override ApiServerOptions Options => new() { Flows = true, Extensions = [this] };

    public override async ValueTask InitializeAsync()
    {
        ledger = Ledger.Open(Path.Combine(directory, "ledger.db"));
        store = new ArtifactStore(Path.Combine(directory, "artifacts"));
        store.Prepare();
        api = new LedgerApi(ledger, store);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await ledger.DisposeAsync();
        Directory.Delete(directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    ValueTask<ApiResponse> IExtensionApi.SendAsync(UserInfo user, ApiRequest request, CancellationToken cancellation) => api.SendAsync(request, cancellation);

    protected Task RecordAsync(RunRecord run, params AttemptRecord[] attempts) => ledger.CommitAsync(new LedgerWrite(run, attempts, []), TestContext.Current.CancellationToken);

    protected Task RecordAsync(RunRecord run, DirectoryMembers directory, params AttemptRecord[] attempts) =>
        ledger.CommitAsync(new LedgerWrite(run, attempts, []) { Directories = [directory] }, TestContext.Current.CancellationToken);

    protected async Task KeepLogAsync(RunRecord run, string path, int number, byte[] compressed, long size, bool isCut = false)
    {
        var sha256 = await store.WriteAsync(compressed, TestContext.Current.CancellationToken);
        await ledger.KeepAsync(run, TaskPath.TryParse(path)!, number, new LogRecord(sha256, size, isCut), TestContext.Current.CancellationToken);
    }

    /// <summary>Starts the controllers of flows.</summary>
    protected IAsyncDisposable RunControllers()
    {
        var host = new ControllerHost(Cluster.As("system:serviceaccount:slipway-system:flows", "system:serviceaccounts"), Cluster.Clock, Cluster.Logs);
        var places = new DeclaredPlaces(() => Cluster.Admin, S3Place.Reach, _ => throw new InvalidOperationException("There are no claims here."), Cluster.Clock);
        FlowControllers.Register(host, ledger, store, places, () => throw new InvalidOperationException("no test expects a request"));
        return Cluster.Run(host.RunAsync);
    }

    /// <summary>Ends a pod as its node would, with a value.</summary>
    protected async Task EndAsync(V1Pod pod, string name, string value)
    {
        var sha256 = await store.WriteAsync(System.Text.Encoding.UTF8.GetBytes(value), TestContext.Current.CancellationToken);
        var report = new JsonObject { ["version"] = 1, ["exitCode"] = 0, ["values"] = new JsonObject { [name] = new JsonObject { ["sha256"] = sha256, ["size"] = value.Length } } };
        var state = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 0, ["message"] = report.ToJsonString() } };
        var container = new JsonObject
        {
            ["name"] = FlowNames.Container,
            ["image"] = "x:1",
            ["imageID"] = $"x@sha256:{new string('0', 64)}",
            ["ready"] = false,
            ["restartCount"] = 0,
            ["state"] = state,
        };
        var status = new JsonObject { ["status"] = new JsonObject { ["phase"] = "Succeeded", ["containerStatuses"] = new JsonArray(container) } };
        await Cluster.PatchAsync($"/api/v1/namespaces/default/pods/{pod.Metadata.Name}/status", status.ToJsonString());
    }

    protected static RunRecord Run(string name, string flow, DateTimeOffset start) =>
        new() { Uid = $"uid-{name}", Namespace = "default", Name = name, Flow = flow, Phase = FlowPhase.Succeeded, Start = start, End = start.AddHours(1) };

    protected static AttemptRecord Attempt(string path, DateTimeOffset start) => new()
    {
        Path = TaskPath.TryParse(path)!,
        Number = 1,
        Pod = path,
        PodUid = "u",
        Image = "x:1",
        Start = start,
        End = start.AddHours(1),
        Reason = AttemptReason.Succeeded,
    };
}
