using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why;

/// <summary>The conditions in an object's status.</summary>
internal static class Conditions
{
    /// <summary>The condition of a type; null when there is none.</summary>
    public static JsonObject? Of(JsonObject item, string type) => item.Object("status")?.Objects("conditions").FirstOrDefault(condition => condition.Text("type") == type);

    /// <summary>The condition of a type, if its status is this one.</summary>
    public static JsonObject? Of(JsonObject item, string type, string status) => Of(item, type) is { } condition && condition.Text("status") == status ? condition : null;

    /// <summary>A condition as evidence: <c>condition Ready=False (NodeNotReady): …</c>.</summary>
    public static string Evidence(JsonObject condition) =>
        $"condition {condition.Text("type")}={condition.Text("status")}{(condition.Text("reason") is { Length: > 0 } reason ? $" ({reason})" : "")}{(condition.Text("message") is { Length: > 0 } message ? $": {Words.OneLine(message)}" : "")}";
}
