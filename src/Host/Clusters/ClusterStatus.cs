using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;
using Slipway.Host.Pki;

namespace Slipway.Host.Clusters;

/// <summary>A part of a cluster.</summary>
/// <param name="Name">What it is.</param>
/// <param name="State"><c>running</c>, <c>ready</c>, or what is wrong in a word.</param>
/// <param name="ProcessId">Its process, if it is one of its own.</param>
/// <param name="MemoryBytes">Resident memory, if it is a process of its own.</param>
/// <param name="Note">What else is to be said.</param>
internal sealed record ComponentStatus(string Name, string State, int? ProcessId = null, long? MemoryBytes = null, string? Note = null);

/// <summary>How a cluster is.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="State"><see cref="Ready"/>, <c>starting</c> (or not ready) or <c>stopped</c>.</param>
/// <param name="Uptime">Since when its server runs.</param>
/// <param name="Components">Its parts.</param>
internal sealed record ClusterStatus(Cluster Cluster, string State, TimeSpan? Uptime, IReadOnlyList<ComponentStatus> Components)
{
    public const string Ready = "ready";

    /// <summary>Looks at the processes and asks the API.</summary>
    public static async Task<ClusterStatus> ReadAsync(Cluster cluster, ClusterPaths paths, CancellationToken cancellation)
    {
        var components = new List<ComponentStatus>();
        var server = FileLock.Holder(paths.ServerLock);
        var process = server is { } pid ? MachineProcess.Read(pid) : null;
        if (process is not null) components.Add(new("slipway", "running", process.Id, process.MemoryBytes, "API server, scheduler, controllers, node agent, flows"));

        // containerd and its shims are known by the cluster's directory in their arguments.
        var runtime = MachineProcess.All().Where(p => p.Arguments.Contains(paths.Runtime + "/", StringComparison.Ordinal) && p.Id != server).ToList();
        var containerd = runtime.FirstOrDefault(p => p.Name == "containerd");
        if (containerd is not null) components.Add(new("containerd", "running", containerd.Id, containerd.MemoryBytes));
        var shims = runtime.Where(p => p.Name.StartsWith("containerd-shim", StringComparison.Ordinal)).ToList();
        if (shims.Count > 0) components.Add(new("shims", "running", null, shims.Sum(s => s.MemoryBytes), $"{shims.Count} pods"));
        if (process is null) return new(cluster, "stopped", null, components);

        using var api = Connect(cluster, paths);
        if (api is null)
        {
            components.Add(new("api", "unknown", Note: "its certificates are readable by root alone; use sudo"));
            return new(cluster, "running", process.Age, components);
        }
        var (apiState, note) = await AskAsync(api, "/readyz", body => "ready", cancellation);
        components.Add(new("api", apiState, Note: note));
        var (nodeState, nodeNote) = apiState == Ready ? await AskAsync(api, "/api/v1/nodes", NodeState, cancellation) : ("unknown", null);
        components.Add(new("node", nodeState, Note: nodeNote));
        return new(cluster, apiState == Ready && nodeState == Ready ? Ready : "not ready", process.Age, components);
    }

    internal static string NodeState(string body)
    {
        var conditions = JsonNode.Parse(body)?["items"]?.AsArray().FirstOrDefault()?["status"]?["conditions"]?.AsArray();
        if (conditions is null) return "not registered";
        return conditions.Any(c => (string?)c?["type"] == "Ready" && (string?)c["status"] == "True") ? Ready : "not ready";
    }

    private static HttpsApi? Connect(Cluster cluster, ClusterPaths paths)
    {
        try
        {
            using var pki = Environment.IsPrivilegedProcess ? ClusterPki.Read(paths.Pki) : null;
            var context = pki is null ? Kubeconfig.Read(KubeconfigFile.Path).Context(KubeconfigFile.ContextOf(cluster.Name)) : KubeconfigFile.Describe(cluster, pki);
            if (context is null) return null;
            SystemAuthorities.LeaveOut(context);
            return new HttpsApi(context);
        }
        catch (Exception e) when (e is InvalidDataException or CryptographicException or IOException)
        {
            return null;
        }
    }

    private static async Task<(string State, string? Note)> AskAsync(HttpsApi api, string path, Func<string, string> read, CancellationToken cancellation)
    {
        try
        {
            return (read(Encoding.UTF8.GetString((await api.SendForBodyAsync(new ApiRequest("GET", path), cancellation)).Span)), null);
        }
        catch (Exception e) when (e is IOException or ApiException)
        {
            return ("not ready", e.Message);
        }
    }
}
