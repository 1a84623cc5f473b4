using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>Which revision stands for an owner's template. Decided without I/O.</summary>
/// <param name="Current">The revision that holds the template already; null when it is to be created.</param>
/// <param name="Number">The number that it is to have: the highest of all.</param>
internal sealed record RevisionPlan(ControllerRevisionView? Current, long Number)
{
    /// <summary>Decides.</summary>
    /// <param name="template">The owner's template.</param>
    /// <param name="owned">The owner's revisions.</param>
    public static RevisionPlan For(JsonObject? template, IReadOnlyCollection<ControllerRevisionView> owned)
    {
        var text = PodTemplate.TextOf(DataOf(template));
        var newest = owned.Select(revision => revision.Revision).DefaultIfEmpty().Max();
        var current = owned.Where(revision => PodTemplate.TextOf(revision.Data) == text).MaxBy(revision => revision.Revision);
        return new(current, current is not null && current.Revision == newest ? newest : newest + 1);
    }

    /// <summary>The patch that a revision keeps, as <c>kubectl rollout undo</c> sends it.</summary>
    public static JsonObject DataOf(JsonObject? template)
    {
        var copy = (JsonObject?)template?.DeepClone() ?? [];
        copy["$patch"] = "replace";
        return new() { ["spec"] = new JsonObject { ["template"] = copy } };
    }

    /// <summary>The template that a revision keeps.</summary>
    public static JsonObject TemplateOf(ControllerRevisionView revision)
    {
        var copy = (JsonObject?)revision.Data?["spec"]?["template"]?.DeepClone() ?? [];
        copy.Remove("$patch");
        return copy;
    }

    /// <summary>Revisions that nobody uses and that are more than the history is to keep, oldest first.</summary>
    /// <param name="owned">The owner's revisions.</param>
    /// <param name="used">Whether the owner or one of its pods uses it.</param>
    /// <param name="limit">How many unused ones to keep.</param>
    public static IReadOnlyList<ControllerRevisionView> Forgettable(IEnumerable<ControllerRevisionView> owned, Func<ControllerRevisionView, bool> used, int? limit)
    {
        var unused = owned.Where(revision => !used(revision)).OrderBy(revision => revision.Revision).ToList();
        return unused[..Math.Max(unused.Count - (limit ?? 10), 0)];
    }
}
