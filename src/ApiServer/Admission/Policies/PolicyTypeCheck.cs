using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.Expressions;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>
/// Checks a validating policy's expressions against the schemas of the resources that it names, one after the other
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking"/>). What is found
/// is told in the policy's status; the policy works all the same.
/// </summary>
internal static class PolicyTypeCheck
{
    /// <summary>As upstream: a policy of many resources is not checked for all.</summary>
    private const int MaxTypes = 10;

    /// <summary>What is found, as the <c>status.typeChecking</c> of the policy.</summary>
    public static JsonObject Of(JsonObject policy, ResourceCatalog catalog)
    {
        var spec = policy.Object("spec") ?? [];
        var subjects = Types(spec, catalog).Select(type => (Shown: $"{type.ApiVersion}, Kind={type.Kind}", Environment: EnvironmentOf(type, spec, catalog))).ToArray();
        var warnings = new JsonArray();
        var i = 0;
        foreach (var validation in spec.Objects("validations"))
        {
            foreach (var field in (ReadOnlySpan<string>)["expression", "messageExpression"])
            {
                if (validation.Text(field) is not { Length: > 0 } text || Faults(text) is not { Length: > 0 } found) continue;
                warnings.Add((JsonNode)new JsonObject { ["fieldRef"] = $"spec.validations[{i}].{field}", ["warning"] = found });
            }
            i++;
        }
        return warnings.Count == 0 ? [] : new JsonObject { ["expressionWarnings"] = warnings };

        string Faults(string text) => string.Join('\n', subjects.Select(s => Fault(s.Environment, text) is { } fault ? $"{s.Shown}: {fault}\n" : null).OfType<string>());
    }

    private static string? Fault(CelEnvironment environment, string text)
    {
        try
        {
            environment.Compile(text);
            return null;
        }
        catch (CelCompileException e)
        {
            return e.Message;
        }
    }

    private static CelEnvironment EnvironmentOf(ResourceType type, JsonObject spec, ResourceCatalog catalog)
    {
        var parameters = spec.Object("paramKind");
        var subject = TypeOf(type, catalog, "object");
        var environment = AdmissionExpression.ForPolicies(parameters is not null).With([new("object", subject), new("oldObject", subject)]);
        if (parameters is not null && catalog.Resources.FirstOrDefault(r => r.Type.ApiVersion == parameters.Text("apiVersion") && r.Type.Kind == parameters.Text("kind")) is { } kind)
            environment = environment.With([new("params", TypeOf(kind.Type, catalog, "params"))]);
        return PolicyVariables.Read(spec.Objects("variables"), environment).Environment;
    }

    private static CelType TypeOf(ResourceType type, ResourceCatalog catalog, string name) =>
        CelObjectTypes.Of(type.Schema, catalog.Find("", "v1", "configmaps")!.Type.Schema.Properties["metadata"], name);

    // Rules with wildcards say nothing of types.
    private static IEnumerable<ResourceType> Types(JsonObject spec, ResourceCatalog catalog)
    {
        var found = new HashSet<ResourceType>();
        foreach (var rule in (spec.Object("matchConstraints") ?? []).Objects("resourceRules"))
        {
            foreach (var group in Names("apiGroups"))
                foreach (var version in Names("apiVersions"))
                    foreach (var plural in Names("resources"))
                        if (found.Count < MaxTypes && catalog.Find(group, version, plural) is { } resource) found.Add(resource.Type);

            string[] Names(string list) => rule.Array(list)?.Select(n => n.AsText() ?? "").ToArray() is { } names && !(list != "resources" && names.Contains("*"))
                ? [.. names.Where(n => !n.Contains('*') && !n.Contains('/')).Order(StringComparer.Ordinal)]
                : [];
        }
        return found.OrderBy(t => t.Group, StringComparer.Ordinal).ThenBy(t => t.Version, StringComparer.Ordinal).ThenBy(t => t.Kind, StringComparer.Ordinal);
    }
}
