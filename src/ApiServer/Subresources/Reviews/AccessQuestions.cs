using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Authorization;

namespace Slipway.ApiServer.Subresources;

/// <summary>Reads the questions of access reviews (<see href="https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/"/>).</summary>
internal static class AccessQuestions
{
    /// <summary>What the spec of a SelfSubjectAccessReview asks about the caller.</summary>
    public static AccessRequest Self(ResourceType type, JsonObject spec, UserInfo user) => Read(type, spec, [], user);

    /// <summary>What the spec of a SubjectAccessReview asks about somebody.</summary>
    public static AccessRequest Other(ResourceType type, JsonObject spec) => Read(type, spec, SubjectFaults(spec), SubjectOf(spec));

    /// <summary>What the spec of a LocalSubjectAccessReview asks about somebody in a namespace.</summary>
    public static AccessRequest Local(ResourceType type, JsonObject spec, string ns)
    {
        var faults = SubjectFaults(spec);
        if (spec.Object("resourceAttributes") is { } resource && (resource.Text("namespace") ?? "") != ns)
            faults.Add(StatusCause.Invalid("spec.resourceAttributes.namespace", $"\"{resource.Text("namespace")}\"", "must match metadata.namespace"));
        if (spec.Object("nonResourceAttributes") is { } path)
            faults.Add(StatusCause.Invalid("spec.nonResourceAttributes", path.ToJsonString(), "disallowed on this kind of request"));
        return Read(type, spec, faults, SubjectOf(spec));
    }

    private static AccessRequest Read(ResourceType type, JsonObject spec, List<StatusCause> faults, UserInfo user)
    {
        var (resource, path) = (spec.Object("resourceAttributes"), spec.Object("nonResourceAttributes"));
        if (resource is not null && path is not null)
            faults.Add(StatusCause.Invalid("spec.nonResourceAttributes", path.ToJsonString(), "cannot be specified in combination with resourceAttributes"));
        if (resource is null && path is null)
            faults.Add(StatusCause.Invalid("spec.resourceAttributes", "null", "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        if (resource is not null) CheckSelectors(resource, faults);
        if (faults.Count > 0) throw ApiException.Invalid(type.Group, type.Kind, "", faults);
        if (resource is null) return new AccessRequest(user, path!.Text("verb") ?? "") { NonResourcePath = path!.Text("path") ?? "" };
        return new AccessRequest(user, resource.Text("verb") ?? "")
        {
            Group = resource.Text("group") ?? "",
            Resource = resource.Text("resource") ?? "",
            Subresource = resource.Text("subresource") ?? "",
            Namespace = resource.Text("namespace") ?? "",
            Name = resource.Text("name") ?? "",
            Fields = FieldsOf(resource.Object("fieldSelector")),
        };
    }

    private static List<StatusCause> SubjectFaults(JsonObject spec) =>
        (spec.Text("user") ?? "").Length == 0 && spec.Array("groups") is not { Count: > 0 }
            ? [StatusCause.Invalid("spec.user", "\"\"", "at least one of user or group must be specified")]
            : [];

    private static UserInfo SubjectOf(JsonObject spec)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (key, values) in spec.Object("extra") ?? []) extra[key] = Texts(values as JsonArray);
        return new(spec.Text("user") ?? "", Texts(spec.Array("groups"))) { Uid = spec.Text("uid") ?? "", Extra = extra };
    }

    private static void CheckSelectors(JsonObject resource, List<StatusCause> faults)
    {
        foreach (var selector in (ReadOnlySpan<string>)["fieldSelector", "labelSelector"])
        {
            if (resource.Object(selector) is not { } attributes) continue;
            var at = $"spec.resourceAttributes.{selector}";
            var (raw, requirements) = (attributes.Text("rawSelector") ?? "", attributes.Array("requirements") is { Count: > 0 });
            if (raw.Length > 0 && requirements) faults.Add(StatusCause.Invalid($"{at}.rawSelector", $"\"{raw}\"", "may not specified at the same time as requirements"));
            if (raw.Length == 0 && !requirements) faults.Add(StatusCause.Required($"{at}.requirements", "when " + at + " is specified, requirements or rawSelector is required"));
        }
    }

    // What the authorizers cannot make use of counts as no limit, so that nothing is allowed for the sake of it.
    private static IReadOnlyList<FieldRequirement> FieldsOf(JsonObject? selector)
    {
        if (selector is null) return [];
        try
        {
            if (selector.Text("rawSelector") is { Length: > 0 } raw) return FieldSelector.Parse(raw).Requirements;
        }
        catch (ApiException)
        {
            return [];   // not a selector of fields: ignored, as upstream
        }
        var fields = new List<FieldRequirement>();
        foreach (var requirement in selector.Objects("requirements"))
        {
            var isIn = requirement.Text("operator") == "In";
            if ((isIn || requirement.Text("operator") == "NotIn") && Texts(requirement.Array("values")) is [var value])
                fields.Add(new(requirement.Text("key") ?? "", isIn, value));
        }
        return fields;
    }

    private static string[] Texts(JsonArray? list) => [.. list?.Select(t => t.AsText() ?? "") ?? []];
}
