using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Devices;

/// <summary>The rules of what a claim has been given, as far as it comes from a few words that are known.</summary>
internal static class DeviceAllocationRules
{
    private static readonly string[] Operations = ["*", "NodePrepareResources", "NodeUnprepareResources"];

    /// <summary>Checks the allocation of a claim.</summary>
    public static void Validate(JsonObject allocation, string path, List<StatusCause> causes)
    {
        var devices = allocation.Object("devices") ?? [];
        var i = 0;
        foreach (var result in devices.Objects("results")) Result(result, $"{path}.devices.results[{i++}]", causes);
        i = 0;
        foreach (var config in devices.Objects("config")) RequiredSupported(config, "source", ["FromClaim", "FromClass"], $"{path}.devices.config[{i++}]", causes);
        if (allocation.Object("nodeSelector") is { } selector) AffinityRules.NodeSelector(selector, $"{path}.nodeSelector", causes);
    }

    private static void Result(JsonObject result, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var toleration in result.Objects("tolerations")) DeviceNames.Toleration(toleration, $"{path}.tolerations[{i++}]", causes);
        var skipped = result.Array("skipNodeOperations") ?? [];
        for (i = 0; i < skipped.Count; i++)
            if (!Operations.Contains(skipped[i].AsText())) causes.Add(StatusCause.NotSupported($"{path}.skipNodeOperations[{i}]", skipped[i].Shown(), Operations));
    }
}
