using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Conformance.Operator;

/// <summary>What the webhooks answer, as functions of what they are asked.</summary>
internal static class SiteReview
{
    private const int MostReplicas = 5;

    /// <summary>Gives a site replicas and a label with its host where it has none.</summary>
    public static JsonObject Mutate(JsonObject request)
    {
        var site = request["object"]!;
        var patch = new JsonArray();
        if (site["spec"]?["replicas"] is null) patch.Add(Add("/spec/replicas", 2));
        if (site["metadata"]!["labels"] is null) patch.Add(Add("/metadata/labels", new JsonObject()));
        patch.Add(Add($"/metadata/labels/{Site.Group}~1host", (string)site["spec"]!["host"]!));
        return new()
        {
            ["allowed"] = true,
            ["patchType"] = "JSONPatch",
            ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch.ToJsonString())),
        };
    }

    /// <summary>Refuses too many replicas and a host that changes; warns of a site without a first page.</summary>
    public static JsonObject Validate(JsonObject request)
    {
        var spec = request["object"]!["spec"]!;
        if ((int?)spec["replicas"] is > MostReplicas and var replicas) return Refusal($"spec.replicas: {replicas} are more than {MostReplicas}");
        if (request["oldObject"]?["spec"]?["host"] is { } host && (string?)host != (string?)spec["host"]) return Refusal("spec.host: a site cannot move");
        var answer = new JsonObject { ["allowed"] = true };
        if (spec["pages"]?["index"] is null) answer["warnings"] = new JsonArray("spec.pages: there is no page \"index\"");
        return answer;
    }

    private static JsonObject Add(string path, JsonNode value) => new() { ["op"] = "add", ["path"] = path, ["value"] = value };

    private static JsonObject Refusal(string message) =>
        new() { ["allowed"] = false, ["status"] = new JsonObject { ["code"] = 422, ["reason"] = "Invalid", ["message"] = message } };
}
