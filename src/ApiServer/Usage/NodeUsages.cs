using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Usage;

/// <summary>What something uses.</summary>
/// <param name="NanoCores">Billionths of a processor.</param>
/// <param name="MemoryBytes">Its working set.</param>
/// <param name="At">When it was measured.</param>
/// <param name="Window">The time over which the use of processors was measured.</param>
internal readonly record struct Use(long NanoCores, long MemoryBytes, DateTimeOffset At, TimeSpan Window);

/// <summary>What a node uses, and its pods' containers by the pod's uid. What is not known yet is left out.</summary>
internal sealed record NodeUsage(Use? Node, IReadOnlyDictionary<string, IReadOnlyList<(string Container, Use Use)>> Pods)
{
    /// <summary>Reads the Summary API's document.</summary>
    public static NodeUsage Read(JsonObject summary)
    {
        var pods = new Dictionary<string, IReadOnlyList<(string, Use)>>(StringComparer.Ordinal);
        foreach (var pod in summary.Objects("pods"))
        {
            var containers = new List<(string, Use)>();
            var isComplete = true;
            foreach (var container in pod.Objects("containers"))
            {
                if (UseOf(container) is { } use) containers.Add((container.Text("name") ?? "", use));
                else isComplete = false;
            }
            // A sum over some of its containers would be too small.
            if (isComplete && containers.Count > 0 && pod.Object("podRef")?.Text("uid") is { } uid) pods[uid] = containers;
        }
        return new(summary.Object("node") is { } node ? UseOf(node) : null, pods);
    }

    // A node that does not say how long its window was may have taken the kubelet's usual one.
    private static readonly TimeSpan UsualWindow = TimeSpan.FromSeconds(15);

    private static Use? UseOf(JsonObject figures)
    {
        if (figures.Object("cpu") is not { } cpu || cpu.Integer("usageNanoCores") is not { } cores || figures.Object("memory")?.Integer("workingSetBytes") is not { } memory
            || !DateTimeOffset.TryParse(cpu.Text("time"), System.Globalization.CultureInfo.InvariantCulture, out var at)) return null;
        return new(cores, memory, at, cpu.Integer("windowMilliseconds") is { } window ? TimeSpan.FromMilliseconds(window) : UsualWindow);
    }
}

/// <summary>Asks the agents of nodes what they and their pods use.</summary>
internal sealed class NodeUsages(INodeTransport? nodes, TimeProvider clock)
{
    private const int AtOnce = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly ApiRequest Question = new("GET", "/stats/summary?only_cpu_and_memory=true");

    /// <summary>The answers by node; nodes that cannot be reached in time are left out.</summary>
    public async Task<IReadOnlyDictionary<string, NodeUsage>> AskAsync(IEnumerable<string> names, CancellationToken cancellation)
    {
        var answers = new System.Collections.Concurrent.ConcurrentDictionary<string, NodeUsage>(StringComparer.Ordinal);
        if (nodes is null) return answers;
        await Parallel.ForEachAsync(names.Distinct(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (name, token) =>
        {
            if (await AskAsync(name, token) is { } usage) answers[name] = usage;
        });
        return answers;
    }

    private async ValueTask<NodeUsage?> AskAsync(string node, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await using var answer = await nodes!.SendAsync(node, Question, either.Token);
            return answer.IsSuccess && JsonNode.Parse(answer.Body.Span) is JsonObject summary ? NodeUsage.Read(summary) : null;
        }
        catch (Exception e) when (e is IOException or JsonException || e is OperationCanceledException && patience.IsCancellationRequested)
        {
            return null;
        }
    }
}
