using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>FlowSchema (flowcontrol.apiserver.k8s.io/v1).</summary>
internal sealed class FlowSchemaRules : KindRules
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        if (spec.Integer("matchingPrecedence") is null or 0) spec["matchingPrecedence"] = 1000;
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        var precedence = spec.Integer("matchingPrecedence") ?? 0;
        if (precedence <= 0) Precedence("must be a positive value");
        if (precedence > 10_000) Precedence("must not be greater than 10000");
        if (precedence == 1 && document.Name != "exempt") Precedence("only the schema named 'exempt' may have matchingPrecedence 1");
        if (spec.Object("distinguisherMethod") is { } method && method.Text("type") is not ("ByNamespace" or "ByUser"))
            causes.Add(StatusCause.NotSupported("spec.distinguisherMethod.type", method.Shown(), ["ByNamespace", "ByUser"]));
        var level = spec.Object("priorityLevelConfiguration") ?? [];
        if (Required(level, "name", "spec.priorityLevelConfiguration", causes, "must reference a priority level"))
            Grammar(level, "name", Names.SubdomainError, "spec.priorityLevelConfiguration", causes);
        var i = 0;
        foreach (var rule in spec.Objects("rules")) Rule(rule, $"spec.rules[{i++}]", causes);

        void Precedence(string detail) => causes.Add(StatusCause.Invalid("spec.matchingPrecedence", $"{precedence}", detail));
    }

    private static void Rule(JsonObject rule, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var subject in rule.Objects("subjects")) Subject(subject, $"{path}.subjects[{i++}]", causes);
        if (i == 0) causes.Add(StatusCause.Required($"{path}.subjects", "subjects must contain at least one value"));
        var (resources, urls) = (0, 0);
        foreach (var resource in rule.Objects("resourceRules")) Resource(resource, $"{path}.resourceRules[{resources++}]", causes);
        foreach (var url in rule.Objects("nonResourceRules")) Url(url, $"{path}.nonResourceRules[{urls++}]", causes);
        if (resources + urls == 0) causes.Add(StatusCause.Required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"));
    }

    private static void Subject(JsonObject subject, string path, List<StatusCause> causes)
    {
        var kind = subject.Text("kind") ?? "";
        var field = kind switch { "ServiceAccount" => "serviceAccount", "User" => "user", "Group" => "group", _ => null };
        if (field is null)
        {
            causes.Add(StatusCause.NotSupported($"{path}.kind", Quote(kind), ["Group", "ServiceAccount", "User"]));
            return;
        }
        foreach (var (other, name) in new[] { ("serviceAccount", "ServiceAccount"), ("user", "User"), ("group", "Group") })
            if (other != field && subject[other] is not null) causes.Add(StatusCause.Forbidden($"{path}.{other}", $"{other} is forbidden when subject kind is not '{name}'"));
        var at = $"{path}.{field}";
        if (subject.Object(field) is not { } holder)
        {
            causes.Add(StatusCause.Required(at, $"{field} is required when subject kind is '{kind}'"));
            return;
        }
        var isNamed = Required(holder, "name", at, causes);
        if (field != "serviceAccount") return;
        if (isNamed && holder.Text("name") != "*") Grammar(holder, "name", Names.SubdomainError, at, causes);
        if (Required(holder, "namespace", at, causes, "must specify namespace for service account")) Grammar(holder, "namespace", Names.LabelError, at, causes);
    }

    private static void Resource(JsonObject rule, string path, List<StatusCause> causes)
    {
        VerbList(rule, path, causes);
        List(rule, "apiGroups", "resource rules must supply at least one api group", "api groups", path, causes);
        List(rule, "resources", "resource rules must supply at least one resource", "resources", path, causes);
        if (rule.Array("namespaces") is not { Count: > 0 } namespaces)
        {
            if (rule.Boolean("clusterScope") != true) causes.Add(StatusCause.Required($"{path}.namespaces", "resource rules that are not cluster scoped must supply at least one namespace"));
        }
        else if (HasWildcard(namespaces))
        {
            Alone(namespaces, "namespaces", $"{path}.namespaces", causes);
        }
        else
        {
            EachGrammar(namespaces, n => Names.LabelError(n) is { } error ? $"each member of this list must be '*' or a DNS-1123 label; {error}" : null, $"{path}.namespaces", causes);
        }
    }

    private static void Url(JsonObject rule, string path, List<StatusCause> causes)
    {
        VerbList(rule, path, causes);
        if (!List(rule, "nonResourceURLs", "nonResourceURLs must contain at least one value", "non-resource URLs", path, causes)) return;
        if (!HasWildcard(rule.Array("nonResourceURLs")!)) EachGrammar(rule.Array("nonResourceURLs"), UrlError, $"{path}.nonResourceURLs", causes);
    }

    private static string? UrlError(string url)
    {
        if (url.Length == 0) return "must not be empty";
        if (url == "/") return null;
        if (url[0] != '/') return "must start with slash";
        if (url.Contains(' ')) return "must not contain white-space";
        if (url.Contains("//", StringComparison.Ordinal)) return "must not contain double slash";
        var star = url.IndexOf('*');
        return star < 0 || (star == url.Length - 1 && url.EndsWith("/*", StringComparison.Ordinal)) ? null : "wildcard can only do suffix matching";
    }

    private static void VerbList(JsonObject rule, string path, List<StatusCause> causes)
    {
        if (!List(rule, "verbs", "verbs must contain at least one value", "verbs", path, causes)) return;
        var verbs = rule.Array("verbs")!;
        if (!HasWildcard(verbs) && verbs.Any(v => !Verbs.Contains(v.AsText()))) causes.Add(StatusCause.NotSupported($"{path}.verbs", verbs.Shown(), Verbs));
    }

    private static bool List(JsonObject rule, string name, string required, string others, string path, List<StatusCause> causes)
    {
        if (rule.Array(name) is not { Count: > 0 } list)
        {
            causes.Add(StatusCause.Required($"{path}.{name}", required));
            return false;
        }
        if (HasWildcard(list)) Alone(list, others, $"{path}.{name}", causes);
        return true;
    }

    private static void Alone(JsonArray list, string others, string path, List<StatusCause> causes)
    {
        if (list.Count > 1) causes.Add(StatusCause.Invalid(path, list.Shown(), $"if '*' is present, must not specify other {others}"));
    }

    private static bool HasWildcard(JsonArray list) => list.Any(v => v.AsText() == "*");
}
