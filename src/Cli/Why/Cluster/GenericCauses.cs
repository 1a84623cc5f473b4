using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Cluster;

/// <summary>What can be said of any object, custom ones included: its conditions, its deletion, and whether its controller has seen its last change.</summary>
internal static class GenericCauses
{
    // Conditions that are good when they are False; all others that are known by these names are good when they are True.
    private static readonly string[] Bad = ["Failed", "Failure", "Error", "Degraded", "Stalled", "ReplicaFailure", "Terminating", "Unhealthy", "Blocked"];
    private static readonly string[] Good = ["Ready", "Available", "Healthy", "Succeeded", "Synced", "Reconciled", "Established", "NamesAccepted", "Accepted", "Programmed", "Complete", "Initialized", "Progressing"];

    /// <summary>What is found out about an object of a kind that nothing more is known of.</summary>
    public static Finding Find(Inquiry inquiry, JsonObject item)
    {
        if (item.IsBeingDeleted)
            return new(item, "it is being deleted", DeletionCauses.Of(inquiry, item));
        var conditions = item.Object("status")?.Objects("conditions").ToList() ?? [];
        var causes = conditions.Where(IsBad).Select(condition => new Cause(Sentence(condition)) { Evidence = [Conditions.Evidence(condition)] }).ToList();
        if (item.At("status.observedGeneration").AsInteger() is { } seen && seen < item.Generation)
        {
            causes.Add(new Cause($"Its controller has not seen its last change yet (generation {item.Generation}, observed {seen})")
            {
                Remedy = new("If this stays so, see that the controller of its kind runs"),
            });
        }
        if (causes.Count > 0 && inquiry.Events(item).Where(e => e.IsWarning).Take(2).Select(e => e.Text(inquiry.Now)).ToList() is { Count: > 0 } events)
            causes[0] = causes[0] with { Evidence = [.. causes[0].Evidence, .. events] };
        return new(item, causes.Count > 0 ? "its status tells of trouble" : conditions.Count > 0 ? $"its conditions are {Words.List(conditions.Select(condition => $"{condition.Text("type")}={condition.Text("status")}"))}" : "it is there", causes);
    }

    private static bool IsBad(JsonObject condition) => condition.Text("status") switch
    {
        "True" => Bad.Contains(condition.Text("type")),
        "False" => Good.Contains(condition.Text("type")),
        "Unknown" => Good.Contains(condition.Text("type")),
        _ => false,
    };

    private static string Sentence(JsonObject condition) =>
        $"Its condition {condition.Text("type")} is {condition.Text("status")}{(condition.Text("reason") is { Length: > 0 } reason ? $": {reason}" : "")}";
}
