using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Scheduling;

/// <summary>What priority classes mean for pods, and which classes there may be. Each function returns why not, or null.</summary>
internal static class PriorityRules
{
    /// <summary>Gives a pod the priority of its class, or of the default one.</summary>
    public static string? Complete(JsonObject pod, IReadOnlyList<PriorityClassView> classes)
    {
        var spec = pod.ObjectOrNew("spec");
        var name = spec.Text("priorityClassName") ?? "";
        PriorityClassView? chosen;
        if (name.Length > 0)
        {
            chosen = classes.FirstOrDefault(c => c.Name == name);
            if (chosen is null) return $"no PriorityClass with name {name} was found";
        }
        else
        {
            chosen = DefaultOf(classes);
            if (chosen is not null) spec["priorityClassName"] = chosen.Name;
        }

        var (value, policy) = (chosen?.Value ?? 0, chosen?.PreemptionPolicy ?? PriorityClassView.Preempts);
        if (spec.Integer("priority") is { } given && given != value)
            return $"the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name";
        if (spec.Text("preemptionPolicy") is { Length: > 0 } stated && stated != policy)
            return $"the string value of PreemptionPolicy ({stated}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name";
        spec["priority"] = value;
        spec["preemptionPolicy"] = policy;
        return null;
    }

    /// <summary>Which fields of a class only the system may set so.</summary>
    public static IReadOnlyList<StatusCause> Reserved(JsonObject document)
    {
        var (name, value) = (document.Name, document.Integer("value") ?? 0);
        if (name.StartsWith("system-", StringComparison.Ordinal))
        {
            var known = PriorityClassView.System.FirstOrDefault(s => s.Name == name);
            string? why = null;
            if (known is null) why = $"{name} is not a known system priority class";
            else if (known.Integer("value") != value) why = $"value of {name} PriorityClass must be {known.Integer("value")}";
            else if (document.Boolean("globalDefault") == true) why = $"globalDefault of {name} PriorityClass must be false";
            return why is null ? [] : [StatusCause.Forbidden("metadata.name", $"priority class names with 'system-' prefix are reserved for system use only. error: {why}")];
        }
        return value > PriorityClassView.HighestOfUsers
            ? [StatusCause.Forbidden("value", $"maximum allowed value of a user defined priority is {PriorityClassView.HighestOfUsers}")]
            : [];
    }

    /// <summary>Whether a class may be the default.</summary>
    public static string? SecondDefault(JsonObject document, IReadOnlyList<PriorityClassView> classes) =>
        document.Boolean("globalDefault") == true && DefaultOf(classes) is { } other && other.Name != document.Name
            ? $"PriorityClass {other.Name} is already marked as default. Only one default can exist"
            : null;

    // Two that were written at once may both be marked.
    private static PriorityClassView? DefaultOf(IReadOnlyList<PriorityClassView> classes) => classes.Where(c => c.IsDefault).MinBy(c => c.Value);
}
