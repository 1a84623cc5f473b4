using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Subresources;

/// <summary>
/// <c>approval</c> of certificate signing requests
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#approval-rejection-api-client"/>):
/// whether the request is approved or denied, which stays so.
/// </summary>
internal sealed class ApprovalRules : SubresourceRules
{
    private const string Path = "status.conditions";
    private static readonly string[] Decisions = ["Approved", "Denied"];

    public override JsonObject Prepare(JsonObject old, JsonObject updated, DateTimeOffset now)
    {
        var result = CopyOf(old, updated);
        var conditions = (JsonArray)(updated.Object("status")?.Array("conditions")?.DeepClone() ?? new JsonArray());
        foreach (var condition in conditions.OfType<JsonObject>()) Stamp(old, condition, now);
        if (conditions.Count > 0) result.ObjectOrNew("status")["conditions"] = conditions;
        else result.Object("status")?.Remove("conditions");
        return result;
    }

    public override IReadOnlyList<StatusCause> Validate(JsonObject old, JsonObject prepared)
    {
        var causes = new List<StatusCause>();
        Known(prepared, causes);
        foreach (var type in Decisions.Append("Failed"))
        {
            var (before, after) = (Of(old, type), Of(prepared, type));
            if (after.Length < before.Length) causes.Add(StatusCause.Forbidden(Path, $"updates may not remove a condition of type \"{type}\""));
            else if (type == "Failed" && after.Length > before.Length) causes.Add(StatusCause.Forbidden(Path, $"updates may not add a condition of type \"{type}\""));
            else if (type == "Failed" && !Same(before, after)) causes.Add(StatusCause.Forbidden(Path, $"updates may not modify a condition of type \"{type}\""));
        }
        if (Decisions.All(d => Of(prepared, d).Length > 0))
            causes.Add(StatusCause.Invalid($"{Path}[{IndexOf(prepared, Decisions)}].type", $"\"{LastOf(prepared, Decisions)}\"", "Approved and Denied conditions are mutually exclusive"));
        return causes;
    }

    private static void Known(JsonObject request, List<StatusCause> causes)
    {
        var seen = new HashSet<string>();
        var index = 0;
        foreach (var condition in request.Object("status")?.Objects("conditions") ?? [])
        {
            var at = $"{Path}[{index++}]";
            var (type, status) = (condition.Text("type") ?? "", condition.Text("status") ?? "");
            if (type.Length == 0) causes.Add(StatusCause.Required($"{at}.type"));
            else if (!seen.Add(type)) causes.Add(StatusCause.Duplicate($"{at}.type", $"\"{type}\""));
            if (status.Length == 0) causes.Add(StatusCause.Required($"{at}.status"));
            else if (type is "Approved" or "Denied" or "Failed" && status != "True") causes.Add(StatusCause.NotSupported($"{at}.status", $"\"{status}\"", ["True"]));
            else if (status is not ("True" or "False" or "Unknown")) causes.Add(StatusCause.NotSupported($"{at}.status", $"\"{status}\"", ["False", "True", "Unknown"]));
        }
    }

    private static void Stamp(JsonObject old, JsonObject condition, DateTimeOffset now)
    {
        var time = Meta.FormatTime(now);
        condition["lastUpdateTime"] ??= time;
        if (condition["lastTransitionTime"] is not null) return;
        var before = (old.Object("status")?.Objects("conditions") ?? []).FirstOrDefault(c => c.Text("type") == condition.Text("type"));
        condition["lastTransitionTime"] = before is not null && before.Text("status") == condition.Text("status")
            ? before["lastTransitionTime"]?.DeepClone() ?? time
            : time;
    }

    private static JsonObject[] Of(JsonObject request, string type) =>
        [.. (request.Object("status")?.Objects("conditions") ?? []).Where(c => c.Text("type") == type)];

    private static bool Same(JsonObject[] before, JsonObject[] after) => before.Zip(after).All(p => JsonNode.DeepEquals(p.First, p.Second));

    private static int IndexOf(JsonObject request, string[] types) =>
        request.Object("status")!.Objects("conditions").ToList().FindLastIndex(c => types.Contains(c.Text("type")));

    private static string LastOf(JsonObject request, string[] types) =>
        request.Object("status")!.Objects("conditions").Last(c => types.Contains(c.Text("type"))).Text("type")!;
}
