using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Definitions;

namespace Slipway.ApiServer.CustomResources;

/// <summary>Names that other definitions of a group have taken.</summary>
/// <param name="Resources">Plural, singular and short names.</param>
/// <param name="Kinds">Kinds and list kinds.</param>
internal sealed record NamesInUse(IReadOnlySet<string> Resources, IReadOnlySet<string> Kinds);

/// <summary>
/// The status of a definition: which of its names are its own, and what its conditions say
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/#CustomResourceDefinitionStatus"/>).
/// </summary>
internal static class DefinitionStatus
{
    public const string Established = "Established";
    public const string NamesAccepted = "NamesAccepted";
    public const string Terminating = "Terminating";
    private const string Conformant = "KubernetesAPIApprovalPolicyConformant";

    /// <summary>Brings the status in line with what is specified.</summary>
    /// <param name="definition">The definition, which is changed.</param>
    /// <param name="used">What others have taken.</param>
    /// <param name="now">Time of conditions that change.</param>
    public static void Update(JsonObject definition, NamesInUse used, DateTimeOffset now)
    {
        var status = definition.ObjectOrNew("status");
        var spec = definition.Object("spec") ?? [];
        var (accepted, conflict) = Accept(spec.Object("names") ?? [], status.Object("acceptedNames") ?? [], used);
        status["acceptedNames"] = accepted;
        if (conflict is var (reason, message)) SetCondition(definition, NamesAccepted, false, reason, message, now);
        else SetCondition(definition, NamesAccepted, true, "NoConflicts", "no conflicts found", now);
        if (!Is(definition, Established)) Establish(definition, spec, conflict is not null, now);
        if (ApprovalPolicy.IsProtected(spec.Text("group") ?? ""))
        {
            var (state, why) = ApprovalPolicy.Of(definition);
            SetCondition(definition, Conformant, state == ApprovalState.Approved, $"{(state == ApprovalState.Bypassed ? "Unapproved" : state.ToString())}Annotation", why, now);
        }
    }

    /// <summary>Whether a condition of a definition is true.</summary>
    public static bool Is(JsonObject definition, string condition) =>
        definition.Object("status")?.Objects("conditions").Any(c => c.Text("type") == condition && c.Text("status") == "True") == true;

    /// <summary>Sets a condition; one that says the same already keeps its time.</summary>
    public static void SetCondition(JsonObject definition, string type, bool value, string reason, string message, DateTimeOffset now)
    {
        var status = definition.ObjectOrNew("status");
        if (status.Array("conditions") is not { } conditions) status["conditions"] = conditions = [];
        var text = value ? "True" : "False";
        var known = conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == type);
        var condition = known ?? new JsonObject { ["type"] = type };
        if (known?.Text("status") != text) condition["lastTransitionTime"] = Meta.FormatTime(now);
        condition["status"] = text;
        condition["reason"] = reason;
        condition["message"] = message;
        if (known is null) conditions.Add((JsonNode)condition);
    }

    // What is served stays so, whatever becomes of its names; what is not yet needs all of them.
    private static void Establish(JsonObject definition, JsonObject spec, bool conflicts, DateTimeOffset now)
    {
        if (conflicts) SetCondition(definition, Established, false, "NotAccepted", "not all names are accepted", now);
        else if (ConversionRules.BundleError(spec) is not null)
            SetCondition(definition, Established, false, "InvalidCABundle", "The conversion webhook CABundle is invalid", now);
        else SetCondition(definition, Established, true, "InitialNamesAccepted", "the initial names have been accepted", now);
    }

    // Each name is accepted on its own: one that is in use leaves what was accepted in its place. The last conflict is told.
    private static (JsonObject Accepted, (string Reason, string Message)? Conflict) Accept(JsonObject wanted, JsonObject accepted, NamesInUse used)
    {
        var names = (JsonObject)accepted.DeepClone();
        (string Reason, string Message)? conflict = null;
        One("plural", "PluralConflict", used.Resources);
        One("singular", "SingularConflict", used.Resources);
        ShortNames();
        One("kind", "KindConflict", used.Kinds);
        One("listKind", "ListKindConflict", used.Kinds);
        Copy("categories");
        return (names, conflict);

        void One(string name, string reason, IReadOnlySet<string> taken)
        {
            var text = wanted.Text(name) ?? "";
            if (text != (accepted.Text(name) ?? "") && taken.Contains(text)) conflict = (reason, $"\"{text}\" is already in use");
            else Copy(name);
        }

        void ShortNames()
        {
            if (JsonNode.DeepEquals(wanted["shortNames"], accepted["shortNames"])) return;
            var own = accepted.Array("shortNames")?.Select(n => n.AsText()).ToHashSet() ?? [];
            string[] taken = [.. wanted.Array("shortNames")?.Select(n => n.AsText() ?? "").Where(n => !own.Contains(n) && used.Resources.Contains(n)) ?? []];
            if (taken.Length == 0) Copy("shortNames");
            else conflict = ("ShortNamesConflict", taken.Length == 1 ? $"\"{taken[0]}\" is already in use" : $"[{string.Join(", ", taken.Select(n => $"\"{n}\" is already in use"))}]");
        }

        void Copy(string name)
        {
            if (wanted[name] is { } value) names[name] = value.DeepClone();
            else names.Remove(name);
        }
    }
}
