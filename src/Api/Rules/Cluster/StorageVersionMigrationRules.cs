using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>StorageVersionMigration (storagemigration.k8s.io/v1).</summary>
internal sealed class StorageVersionMigrationRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    public override bool IsToldAt(string field, string place) => field == place || (field == "spec.resource" && place == "spec.resource.resource");

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => Required(Resource(document), "resource", "spec.resource", causes, "resource is required");

    /// <summary>Kubernetes names the fields of the resource alone here.</summary>
    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        foreach (var name in new[] { "group", "resource" })
        {
            var (before, after) = (Resource(old).Text(name) ?? "", Resource(updated).Text(name) ?? "");
            if (before != after) causes.Add(StatusCause.Invalid(name, Quote(after), "field is immutable"));
        }
    }

    /// <summary>A migration runs, and then succeeds or fails for good, from one revision.</summary>
    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        var (before, after) = (old.Object("status") ?? [], updated.Object("status") ?? []);
        const string revision = "status.resourceVersion";
        var (known, given) = (before.Text("resourceVersion") ?? "", after.Text("resourceVersion") ?? "");
        if (given.Length > 0 && !long.TryParse(given, out var number)) causes.Add(StatusCause.Invalid(revision, Quote(given), $"failed to parse resource version {Quote(given)}: it must be a whole number"));
        else if (given.StartsWith('-')) causes.Add(StatusCause.Invalid(revision, given, "must be greater than or equal to 0"));
        ConditionRules.Validate(after, "status", causes);
        if (known.Length > 0 && given != known) causes.Add(StatusCause.Invalid(revision, Quote(given), "cannot be updated"));

        var (runs, succeeded, failed) = (ConditionRules.IsTrue(after, "Running"), ConditionRules.IsTrue(after, "Succeeded"), ConditionRules.IsTrue(after, "Failed"));
        if (succeeded && failed) Wrong("Both success and failed conditions cannot be true at the same time");
        if (succeeded && runs) Wrong("Running condition cannot be true when success condition is true");
        if (failed && runs) Wrong("Running condition cannot be true when failed condition is true");
        if (ConditionRules.IsTrue(before, "Succeeded") && !succeeded) Wrong("Success condition cannot be set to false once it is true");
        if (ConditionRules.IsTrue(before, "Failed") && !failed) Wrong("Failed condition cannot be set to false once it is true");
        return causes;

        void Wrong(string detail) => causes.Add(StatusCause.Invalid("status.conditions", after["conditions"].Shown(), detail));
    }

    private static JsonObject Resource(JsonObject document) => document.Object("spec")?.Object("resource") ?? [];
}
