using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Audit;

/// <summary>Reads audit policies and says what is wrong with them.</summary>
internal static class AuditPolicyReader
{
    private static readonly string[] StageNames = [.. Enum.GetNames<AuditStages>().Where(n => n != nameof(AuditStages.None))];
    private static readonly Schema Text = new() { Type = "string" };
    private static readonly Schema Texts = new() { Type = "array", Items = Text };
    private static readonly Schema Flag = new() { Type = "boolean" };
    private static readonly Schema Resources = Object(("group", Text), ("resources", Texts), ("resourceNames", Texts));
    private static readonly Schema Rule = Object(
        ("level", Text), ("users", Texts), ("userGroups", Texts), ("verbs", Texts), ("resources", new() { Type = "array", Items = Resources }),
        ("namespaces", Texts), ("nonResourceURLs", Texts), ("omitStages", Texts), ("omitManagedFields", Flag));
    private static readonly Schema Policy = Object(
        ("apiVersion", Text), ("kind", Text), ("metadata", new() { Type = "object", PreserveUnknownFields = true }),
        ("rules", new() { Type = "array", Items = Rule }), ("omitStages", Texts), ("omitManagedFields", Flag));

    public static T Read<T>(JsonObject document, Func<IReadOnlyList<AuditRule>, AuditStages, bool, T> make)
    {
        if (document is not { ApiVersion: "audit.k8s.io/v1", Kind: "Policy" })
            throw ApiException.BadRequest($"an audit policy must be a Policy of audit.k8s.io/v1, not {document.Kind} of {document.ApiVersion}");
        if (UnknownFields.Find(Policy, document) is { Count: > 0 } unknown) throw UnknownFields.Refusal(unknown);
        var causes = SchemaValidator.Validate(Policy, document).ToList();
        if (causes.Count == 0)
        {
            var rules = document.Objects("rules").Select((rule, i) => ReadRule(rule, $"rules[{i}]", causes)).ToArray();
            if (rules.Length == 0) causes.Add(StatusCause.Required("rules", "a policy without rules records nothing"));
            var omitted = ReadStages(document, "omitStages", causes);
            if (causes.Count == 0) return make(rules, omitted, document.Boolean("omitManagedFields") == true);
        }
        throw ApiException.Invalid("audit.k8s.io", "Policy", document.Name, causes);
    }

    private static AuditRule ReadRule(JsonObject rule, string path, List<StatusCause> causes)
    {
        var level = AuditLevel.None;
        if (rule.Text("level") is not { } text) causes.Add(StatusCause.Required($"{path}.level"));
        else if (!Enum.GetNames<AuditLevel>().Contains(text) || !Enum.TryParse(text, out level)) causes.Add(StatusCause.NotSupported($"{path}.level", $"\"{text}\"", Enum.GetNames<AuditLevel>()));
        var read = new AuditRule(level)
        {
            Users = List(rule, "users"),
            UserGroups = List(rule, "userGroups"),
            Verbs = List(rule, "verbs"),
            Namespaces = List(rule, "namespaces"),
            NonResourceUrls = List(rule, "nonResourceURLs"),
            Resources = [.. rule.Objects("resources").Select(r => new AuditResources(r.Text("group") ?? "", List(r, "resources"), List(r, "resourceNames")))],
            Omitted = ReadStages(rule, $"{path}.omitStages", causes),
            OmitManagedFields = rule.Boolean("omitManagedFields"),
        };
        if (read.NonResourceUrls.Count > 0 && read.Resources.Count + read.Namespaces.Count > 0)
            causes.Add(StatusCause.Invalid($"{path}.nonResourceURLs", rule["nonResourceURLs"]!.ToJsonString(), "rules cannot apply to both regular resources and non-resource URLs"));
        for (var i = 0; i < read.Resources.Count; i++)
        {
            if (read.Resources[i] is { Names.Count: > 0, Resources.Count: 0 })
                causes.Add(StatusCause.Invalid($"{path}.resources[{i}].resourceNames", "", "using resourceNames requires at least one resource"));
        }
        return read;
    }

    private static AuditStages ReadStages(JsonObject holder, string path, List<StatusCause> causes)
    {
        var stages = AuditStages.None;
        var i = 0;
        foreach (var name in List(holder, "omitStages"))
        {
            if (StageNames.Contains(name) && Enum.TryParse<AuditStages>(name, out var stage)) stages |= stage;
            else causes.Add(StatusCause.NotSupported($"{path}[{i}]", $"\"{name}\"", StageNames));
            i++;
        }
        return stages;
    }

    private static string[] List(JsonObject holder, string name) => [.. holder.Array(name)?.Select(n => n.AsText() ?? "") ?? []];

    private static Schema Object(params (string Name, Schema Schema)[] properties) =>
        new() { Type = "object", Properties = properties.ToDictionary(p => p.Name, p => p.Schema) };
}
