using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Access;

/// <summary>RoleBinding and ClusterRoleBinding (rbac.authorization.k8s.io/v1).</summary>
/// <param name="namespaced">Whether it is a RoleBinding.</param>
internal sealed class RoleBindingRules(bool namespaced) : KindRules
{
    private const string Group = "rbac.authorization.k8s.io";

    public override bool IsNamespaced => namespaced;

    protected override string? NameError(string name) => Names.PathSegmentError(name);

    public override void Default(JsonObject document)
    {
        SetDefault(document.ObjectOrNew("roleRef"), "apiGroup", Group);
        foreach (var subject in document.Objects("subjects"))
            if (subject.Text("kind") is "User" or "Group") SetDefault(subject, "apiGroup", Group);
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var role = document.Object("roleRef") ?? [];
        One(role, "apiGroup", [Group], "roleRef", causes);
        One(role, "kind", namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"], "roleRef", causes);
        RequiredGrammar(role, "name", Names.PathSegmentError, "roleRef", causes);
        var i = 0;
        foreach (var subject in document.Objects("subjects")) Subject(subject, $"subjects[{i++}]", causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        if (!JsonNode.DeepEquals(old["roleRef"], updated["roleRef"])) causes.Add(StatusCause.Invalid("roleRef", updated["roleRef"].Shown(), "cannot change roleRef"));
    }

    private void Subject(JsonObject subject, string path, List<StatusCause> causes)
    {
        Required(subject, "name", path, causes);
        switch (subject.Text("kind"))
        {
            case "ServiceAccount":
                Grammar(subject, "name", Names.SubdomainError, path, causes);
                if (!string.IsNullOrEmpty(subject.Text("apiGroup"))) causes.Add(StatusCause.NotSupported($"{path}.apiGroup", Quote(subject.Text("apiGroup")!), [""]));
                if (!namespaced) Required(subject, "namespace", path, causes);
                break;
            case "User" or "Group":
                One(subject, "apiGroup", [Group], path, causes);
                break;
            case var other:
                causes.Add(StatusCause.NotSupported($"{path}.kind", Quote(other ?? ""), ["ServiceAccount", "User", "Group"]));
                break;
        }
    }

    // Unlike elsewhere, nothing at all is one more value that is not supported.
    private static void One(JsonObject holder, string name, string[] supported, string path, List<StatusCause> causes)
    {
        if (!supported.Contains(holder.Text(name) ?? "")) causes.Add(StatusCause.NotSupported($"{path}.{name}", Quote(holder.Text(name) ?? ""), supported));
    }
}
