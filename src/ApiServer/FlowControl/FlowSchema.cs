using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.FlowControl;

/// <summary>
/// Which requests belong together, and to which priority level
/// (<see href="https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#flowschema"/>).
/// </summary>
internal sealed record FlowSchema
{
    public required string Name { get; init; }

    public string Uid { get; init; } = "";

    /// <summary>Of the schemas that match a request, the one with the lowest number counts; of equal ones the first by name.</summary>
    public long Precedence { get; init; }

    /// <summary>Name of the priority level.</summary>
    public string Level { get; init; } = "";

    /// <summary>What tells the flows of the schema apart: <c>ByUser</c>, <c>ByNamespace</c>, or empty when all are one.</summary>
    public string Distinguisher { get; init; } = "";

    public IReadOnlyList<FlowRule> Rules { get; init; } = [];

    public static FlowSchema Read(JsonObject document)
    {
        var spec = document.Object("spec") ?? [];
        return new FlowSchema
        {
            Name = document.Name,
            Uid = document.Uid,
            Precedence = spec.Integer("matchingPrecedence") ?? 1000,
            Level = spec.Object("priorityLevelConfiguration")?.Text("name") ?? "",
            Distinguisher = spec.Object("distinguisherMethod")?.Text("type") ?? "",
            Rules = [.. spec.Objects("rules").Select(FlowRule.Read)],
        };
    }

    /// <summary>Whether a request is of this schema.</summary>
    public bool Matches(in FlowRequest request)
    {
        foreach (var rule in Rules)
            if (rule.Matches(request)) return true;
        return false;
    }

    /// <summary>What tells the flow of a request apart from others of the schema.</summary>
    public string FlowOf(in FlowRequest request) => Distinguisher switch
    {
        "ByUser" => request.User.Name,
        "ByNamespace" => request.Namespace,
        _ => "",
    };
}
