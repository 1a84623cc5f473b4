using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.CustomResources;

/// <summary>Reads custom resource definitions (<see href="https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/"/>).</summary>
internal static class CustomDefinition
{
    /// <summary>Name of the finalizer that holds a definition until its objects are gone.</summary>
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    /// <summary>The versions that a definition serves, the preferred first.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="metadata">Schema of <c>metadata</c> of every object.</param>
    /// <exception cref="ApiException">422: a schema is not structural.</exception>
    public static IReadOnlyList<CustomVersion> Versions(JsonObject definition, Schema metadata)
    {
        var spec = definition.Object("spec") ?? [];
        var names = spec.Object("names") ?? [];
        var group = spec.Text("group") ?? "";
        var kind = names.Text("kind") ?? "";
        var storage = spec.Objects("versions").FirstOrDefault(v => v.Boolean("storage") == true)?.Text("name") ?? "";
        var versions = new List<CustomVersion>();
        var index = -1;
        foreach (var version in spec.Objects("versions"))
        {
            index++;
            var schemaJson = version.Object("schema")?.Object("openAPIV3Schema") ?? [];
            var schema = StructuralSchema.Parse(schemaJson, $"spec.versions[{index}].schema.openAPIV3Schema");
            if (version.Boolean("served") != true) continue;
            var subresources = version.Object("subresources");
            var type = new ResourceType
            {
                Group = group,
                Version = version.Text("name") ?? "",
                Plural = names.Text("plural") ?? "",
                Kind = kind,
                Singular = names.Text("singular") ?? kind.ToLowerInvariant(),
                Namespaced = spec.Text("scope") == "Namespaced",
                ShortNames = Texts(names.Array("shortNames")),
                Categories = Texts(names.Array("categories")),
                Subresources = [.. ((string[])["scale", "status"]).Where(s => subresources?.Object(s) is not null)],
                Scale = subresources?.Object("scale") is { } scale ? ScaleOf(scale) : null,
                SelectableFields = [.. version.Objects("selectableFields").Select(f => (f.Text("jsonPath") ?? "").TrimStart('.'))],
                Schema = StructuralSchema.OfResource(schema, metadata),
                IsCustom = true,
            };
            versions.Add(new CustomVersion(
                type, schemaJson, version, names.Text("listKind") ?? kind + "List", $"{group}/{storage}"));
        }
        versions.Sort((a, b) => VersionOrder.Compare(a.Type.Version, b.Type.Version));
        return versions;
    }

    private static ScalePaths ScaleOf(JsonObject scale) => new(
        (scale.Text("specReplicasPath") ?? "").TrimStart('.'), (scale.Text("statusReplicasPath") ?? "").TrimStart('.'), scale.Text("labelSelectorPath")?.TrimStart('.'));

    /// <summary>Writes into a definition's status that its names are accepted and that it is served.</summary>
    /// <param name="definition">The definition, which is changed.</param>
    /// <param name="conflict">Why its names cannot be accepted; null when they can.</param>
    /// <param name="now">Time of conditions that change.</param>
    public static void SetStatus(JsonObject definition, string? conflict, DateTimeOffset now)
    {
        var status = definition.ObjectOrNew("status");
        var spec = definition.Object("spec") ?? [];
        var stored = Texts(status.Array("storedVersions"));
        var storage = spec.Objects("versions").FirstOrDefault(v => v.Boolean("storage") == true)?.Text("name");
        if (storage is not null && !stored.Contains(storage)) stored = [.. stored, storage];
        if (conflict is null)
        {
            var accepted = (JsonObject)(spec.Object("names")?.DeepClone() ?? new JsonObject());
            status["acceptedNames"] = accepted;
            SetCondition(status, "NamesAccepted", true, "NoConflicts", "no conflicts found", now);
            SetCondition(status, "Established", true, "InitialNamesAccepted", "the initial names have been accepted", now);
        }
        else
        {
            status["acceptedNames"] ??= new JsonObject { ["kind"] = "", ["plural"] = "" };
            SetCondition(status, "NamesAccepted", false, "Conflict", conflict, now);
            SetCondition(status, "Established", false, "NotAccepted", "not all names are accepted", now);
        }
        status["storedVersions"] = new JsonArray([.. stored.Select(v => (JsonNode)v)]);
    }

    /// <summary>Whether a definition's status says that it is served.</summary>
    public static bool IsEstablished(JsonObject definition) =>
        definition.Object("status")?.Objects("conditions").Any(c => c.Text("type") == "Established" && c.Text("status") == "True") == true;

    private static void SetCondition(JsonObject status, string type, bool value, string reason, string message, DateTimeOffset now)
    {
        if (status.Array("conditions") is not { } conditions) status["conditions"] = conditions = [];
        var text = value ? "True" : "False";
        var old = conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == type);
        if (old is not null && old.Text("status") == text && old.Text("reason") == reason && old.Text("message") == message) return;
        var changed = old?.Text("status") == text ? old.Text("lastTransitionTime") ?? "" : Meta.FormatTime(now);
        if (old is not null) conditions.Remove(old);
        conditions.Add((JsonNode)new JsonObject
        {
            ["type"] = type,
            ["status"] = text,
            ["lastTransitionTime"] = changed,
            ["reason"] = reason,
            ["message"] = message,
        });
    }

    private static string[] Texts(JsonArray? list) => [.. list?.Select(n => n.AsText() ?? "") ?? []];
}
