using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Defaults;

/// <summary>A class of storage or ingress, as the choice of the default sees it.</summary>
internal sealed record DefaultClass(string Name, bool IsDefault, DateTimeOffset Created)
{
    /// <summary>Reads a class; it is the default when one of the annotations says so.</summary>
    public static DefaultClass Read(JsonObject document, params ReadOnlySpan<string> annotations)
    {
        var isDefault = false;
        foreach (var annotation in annotations) isDefault |= document.Annotations?[annotation].AsText() == "true";
        return new(document.Name, isDefault, document.CreationTimestamp ?? default);
    }

    /// <summary>The default among classes: the newest that is marked, then the first by name; null when none is.</summary>
    public static string? Of(IReadOnlyList<DefaultClass> classes) =>
        classes.Where(c => c.IsDefault).OrderByDescending(c => c.Created).ThenBy(c => c.Name, StringComparer.Ordinal).FirstOrDefault()?.Name;
}
